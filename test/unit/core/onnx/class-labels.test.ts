import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { inspectModel } from '#core/onnx/inspect.ts';
import { removeZipMaps } from '#core/onnx/zip-map.ts';
import { deriveSignature } from '#core/signature/derive.ts';
import { readExample } from '../../../../local/examples.ts';

const SPECIES = ['setosa', 'versicolor', 'virginica'];
const fixture = (name: string) =>
  readFileSync(new URL(`../../../fixtures/sklearn/${name}.onnx`, import.meta.url));

/** As the registry does: what is stored is read, not what came. */
const register = (bytes: Uint8Array) => {
  const stored = removeZipMaps(bytes)?.bytes;
  if (!stored) throw new Error('the file has no ZipMap');
  const inspection = inspectModel(stored);
  return { inspection, signature: deriveSignature(inspection) };
};

describe('class names that stand in nothing but the ZipMap', () => {
  it.each(['knn', 'mlp', 'nb'])('outlive it in an export of %s', (name) => {
    const { inspection, signature } = register(fixture(name));
    expect(signature.classes).toEqual(SPECIES);
    expect(signature.outputs.map(({ role }) => role)).toEqual(['label', 'probabilities']);
    expect(signature.outputs[1]).toMatchObject({ datatype: 'FP32', shape: [-1, 3] });
    expect(inspection.operators.some((operator) => operator.name === 'ZipMap')).toBe(false);
  });

  it('are not shown among the metadata of the file', () => {
    expect(register(fixture('nb')).inspection.metadata).toEqual({});
  });

  it('are the same whether the classifier names them too', () => {
    const { signature } = register(readExample('penguins').artifact);
    expect(signature.classes).toEqual(['Adelie', 'Chinstrap', 'Gentoo']);
  });
});
