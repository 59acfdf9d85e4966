import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import {
  type Architecture,
  assertFits,
  buildLayer,
  LARGEST_FUNCTION_BYTES,
  sizeOfFolder,
} from '../../layers/onnxruntime/build.ts';

const dist = mkdtempSync(join(tmpdir(), 'skiff-layer-'));
afterAll(() => rmSync(dist, { recursive: true }));
const EM_X86_64 = 62;
const EM_AARCH64 = 183;

/** What a library was compiled for: `e_machine` of the ELF header. */
const machineOf = (file: string): number => readFileSync(file).readUInt16LE(18);

describe.each<[Architecture, number]>([
  ['arm64', EM_AARCH64],
  ['x86_64', EM_X86_64],
])('the native layer for %s', (architecture, machine) => {
  const layer = buildLayer(architecture, dist);

  it('holds the runtime of this platform, and what its code requires', () => {
    const libraries = globSync('**/*.{node,so*}', { cwd: layer });
    expect(libraries.some((file) => file.endsWith('.node'))).toBe(true);
    expect(libraries.map((file) => machineOf(join(layer, file)))).toEqual(
      libraries.map(() => machine),
    );
    const modules = join(layer, 'nodejs/node_modules');
    for (const name of ['onnxruntime-node', 'onnxruntime-common']) {
      const { main } = JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8'));
      expect(existsSync(join(modules, name, main))).toBe(true);
    }
  });

  it('fits Lambda together with the largest function', () => {
    expect(() => assertFits(sizeOfFolder(layer), LARGEST_FUNCTION_BYTES)).not.toThrow();
  });

  it('is built again only when its inputs have changed', () => {
    const mark = join(layer, 'mark');
    writeFileSync(mark, '');
    expect(buildLayer(architecture, dist)).toBe(layer);
    expect(existsSync(mark)).toBe(true);
    writeFileSync(join(dist, architecture, '.stamp'), 'the digest of other inputs');
    expect(buildLayer(architecture, dist)).toBe(layer);
    expect(existsSync(mark)).toBe(false);
  });
});

describe('a layer', () => {
  it('is refused where Lambda would not unpack it', () => {
    expect(() => assertFits(240 * 2 ** 20, 2 ** 20)).not.toThrow();
    expect(() => assertFits(250 * 2 ** 20, 2 ** 20)).toThrow('Lambda takes');
  });
});
