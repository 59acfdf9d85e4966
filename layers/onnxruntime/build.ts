import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Architecture = 'arm64' | 'x86_64';

const HERE = dirname(fileURLToPath(import.meta.url));
const MODULES = join(HERE, '../../node_modules');
/** Unzipped, function and layers together. */
const LAMBDA_LIMIT_BYTES = 250 * 2 ** 20;
/** What the largest function may have; test/bundle holds every bundle below it. */
export const LARGEST_FUNCTION_BYTES = 1_400_000;
/** Graphics processors are not to be had on Lambda. */
const PROVIDERS = /providers_(cuda|tensorrt)/;

/**
 * Prunes onnxruntime-node, which ships every platform, to one that fits Lambda.
 * Built again only when package versions or this file change. Answers the layer's folder.
 */
export function buildLayer(architecture: Architecture, dist = join(HERE, 'dist')): string {
  const target = join(dist, architecture);
  const stamp = join(target, '.stamp');
  const inputs = inputDigest(architecture);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) return join(target, 'layer');
  rmSync(target, { recursive: true, force: true });
  const modules = join(target, 'layer/nodejs/node_modules');
  copyPackage('onnxruntime-common', modules, ['dist/cjs']);
  const platform = `linux/${architecture === 'arm64' ? 'arm64' : 'x64'}`;
  copyPackage('onnxruntime-node', modules, ['dist', `bin/napi-v6/${platform}`]);
  writeFileSync(stamp, inputs);
  return join(target, 'layer');
}

function copyPackage(name: string, modules: string, folders: string[]): void {
  const from = join(MODULES, name);
  const to = join(modules, name);
  mkdirSync(to, { recursive: true });
  cpSync(join(from, 'package.json'), join(to, 'package.json'));
  for (const folder of folders) {
    cpSync(join(from, folder), join(to, folder), {
      recursive: true,
      filter: (file) => !/\.(map|d\.ts)$/.test(file) && !PROVIDERS.test(file),
    });
  }
}

function inputDigest(architecture: Architecture): string {
  const hash = createHash('sha256')
    .update(architecture)
    .update(readFileSync(fileURLToPath(import.meta.url)));
  for (const name of ['onnxruntime-node', 'onnxruntime-common']) {
    hash.update(readFileSync(join(MODULES, name, 'package.json')));
  }
  return hash.digest('hex');
}

/** Bytes of everything below a folder. */
export const sizeOfFolder = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);

/** @throws Error where layer and the largest function together are more than Lambda unpacks */
export function assertFits(layerBytes: number, largestFunctionBytes: number): void {
  const total = layerBytes + largestFunctionBytes;
  if (total <= LAMBDA_LIMIT_BYTES) return;
  throw new Error(
    `the layer and the largest function have ${total} bytes unzipped; Lambda takes ${LAMBDA_LIMIT_BYTES}`,
  );
}

if (import.meta.main) {
  for (const architecture of ['arm64', 'x86_64'] as const) {
    const folder = buildLayer(architecture);
    console.log(`${architecture}: ${(sizeOfFolder(folder) / 2 ** 20).toFixed(1)} MiB unzipped`);
  }
}
