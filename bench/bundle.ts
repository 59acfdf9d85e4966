import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');

/** Bundles as infra/constructs/platform-function.ts does; answers the sizes in bytes. */
export function bundle(entry: string, outfile: string): { bytes: number; gzipped: number } {
  buildSync({
    entryPoints: [join(ROOT, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    minify: true,
    target: 'node24',
    external: ['onnxruntime-node'],
    logLevel: 'error',
  });
  const text = readFileSync(outfile);
  return { bytes: text.length, gzipped: gzipSync(text).length };
}
