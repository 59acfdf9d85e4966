import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const HERE = dirname(fileURLToPath(import.meta.url));
const NAME = '@aws-sdk/client-sagemaker-runtime';

/**
 * The SDK's client for SageMaker's runtime as one file, found by its package name: beside the
 * bundles, so that functions without such variants neither carry nor read it. Answers the folder.
 */
export function buildSageMakerLayer(): string {
  const folder = join(HERE, 'dist');
  buildSync({
    absWorkingDir: join(HERE, '../..'),
    stdin: { contents: `export * from '${NAME}';`, resolveDir: HERE },
    outfile: join(folder, 'nodejs/node_modules', NAME, 'index.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    minify: true,
    target: 'node24',
    logLevel: 'error',
  });
  return folder;
}
