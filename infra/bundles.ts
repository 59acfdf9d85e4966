import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildOptions } from 'esbuild';

export const FUNCTIONS = join(import.meta.dirname, '../functions');

/** CommonJS loads faster than ES modules around the SDK, and finds the native layer by NODE_PATH. */
export const BUNDLING = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  mainFields: ['module', 'main'],
  minify: true,
  target: 'node24',
  external: ['onnxruntime-node'],
  logLevel: 'error',
} as const satisfies BuildOptions;

/** What dedicated functions are started by: docs/endpoints.md. */
export const PRELOAD = 'inference/realtime/preload.mjs';

/** Every handler, below `functions/`: `registry/handlers/api.ts`. */
export const handlers = (): string[] => globSync('**/handlers/*.ts', { cwd: FUNCTIONS }).sort();

/** The folder of a handler's bundle: `index.js` and what lies beside it. */
export const folderOf = (bundles: string, handler: string): string =>
  join(bundles, handler.replace(/\.ts$/, ''));
