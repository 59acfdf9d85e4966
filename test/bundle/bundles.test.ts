import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundleFunctions } from '../../infra/bundle-functions.ts';
import { folderOf, handlers } from '../../infra/bundles.ts';
import { LARGEST_FUNCTION_BYTES } from '../../layers/onnxruntime/build.ts';
import { root, synthesise } from '../infra/synthesise.ts';

const bundles = mkdtempSync(join(tmpdir(), 'skiff-bundles-'));
beforeAll(() => bundleFunctions(bundles), 120_000);
afterAll(() => rmSync(bundles, { recursive: true }));
/** With what is deployed only where it was asked for. */
const streams = [{ endpoint: 'e', source: { sqs: 'new' }, sink: { sqs: 'new' } }];
const all = synthesise({ streams: streams as never, artifactHost: true });
const functions = new Map(all.functions.map((fn) => [fn.source, fn.native]));
/** Of those that start most often, or must not grow with every slice. */
const LIMITS: Record<string, number> = {
  'inference/realtime/handlers/infer.ts': 150_000,
  'reference/handlers/api.ts': 200_000,
  'tracking/handlers/admit-artifact.ts': 20_000,
};

describe('each bundle', () => {
  it('is deployed', () => {
    expect([...functions.keys()].sort()).toEqual(handlers());
  });

  it.each([...functions])('%s loads in a plain process and is small', (handler, native) => {
    const file = join(folderOf(bundles, handler), 'index.js');
    const script = `const m = require(${JSON.stringify(file)}); if (typeof m.handler !== 'function') throw new Error('no handler');
      if (Object.keys(require.cache).some((f) => f.includes('onnxruntime-node')) && !${native}) throw new Error('loads the native runtime without its layer');`;
    const env = {
      PATH: process.env.PATH,
      NODE_PATH: join(root, 'node_modules'),
      ORT_DISABLE_TELEMETRY: '1',
      AWS_REGION: 'us-east-1',
      TABLE_NAME: 't',
      ARTIFACTS_BUCKET: 'a',
    };
    execFileSync(process.execPath, ['-e', script], { env, stdio: 'pipe' });
    expect(statSync(file).size).toBeLessThan(LIMITS[handler] ?? LARGEST_FUNCTION_BYTES);
  });
});
