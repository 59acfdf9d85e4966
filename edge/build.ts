import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { type Architecture, buildLayer } from '../layers/onnxruntime/build.ts';

const ROOT = join(import.meta.dirname, '..');
const ARCHITECTURES: readonly Architecture[] = ['arm64', 'x86_64'];

/** The edge server as one file: all of it but the native runtime. */
export function bundleEdge(outfile: string): void {
  buildSync({
    absWorkingDir: ROOT,
    entryPoints: ['functions/inference/edge/main.ts'],
    outfile,
    ...{ bundle: true, platform: 'node', format: 'cjs', target: 'node24', minify: true },
    mainFields: ['module', 'main'],
    // gRPC's own reader of definitions is for services that are not served here.
    external: ['onnxruntime-node', '@grpc/proto-loader'],
    logLevel: 'error',
  });
}

/** A folder that runs anywhere with Node 24: `node skiff-edge.cjs`. */
export function buildEdge(architecture: Architecture, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  bundleEdge(join(folder, 'skiff-edge.cjs'));
  const layer = buildLayer(architecture);
  cpSync(join(layer, 'nodejs/node_modules'), join(folder, 'node_modules'), { recursive: true });
}

export const edgeFolder = (architecture: Architecture): string =>
  join(import.meta.dirname, 'dist', architecture);

if (import.meta.main) {
  for (const architecture of ARCHITECTURES) {
    buildEdge(architecture, edgeFolder(architecture));
    console.log(edgeFolder(architecture));
  }
}
