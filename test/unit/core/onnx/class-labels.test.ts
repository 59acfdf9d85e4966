import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { inspectModel } from '#core/onnx/inspect.ts';
import { bytesField, concat, textField } from '#core/onnx/protobuf.ts';
import { removeZipMaps } from '#core/onnx/zip-map.ts';
import { deriveSignature } from '#core/signature/derive.ts';
import { readExample } from '../../../../local/examples.ts';
import { addModel, attribute, graph, model, node, value } from '../../../helpers/onnx-builder.ts';

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

  it.each([
    ['no JSON', '{'],
    ['a list', '[1]'],
    ['another form', '{"p": {"kind": "text", "labels": [1, 2]}}'],
    ['another kind', '{"p": {"kind": "float", "labels": ["1"]}}'],
    ['nothing', 'null'],
  ])('are not believed of a file that writes %s in their place', (_, text) => {
    const entry = concat([textField(1, 'skiff.class_labels'), textField(2, text)]);
    const forged = concat([addModel(), bytesField(14, entry)]);
    expect(inspectModel(forged)).toMatchObject({ classLabels: [], metadata: {} });
  });

  it('are dropped where they would burden every reader of the file', () => {
    const labels = Array.from({ length: 3000 }, (_, i) => textField(9, `${i}`.padStart(100, '_')));
    const zipMap = node('ZipMap', ['x'], ['y'], 'ai.onnx.ml', [
      attribute('classlabels_strings', ...labels),
    ]);
    const many = model(
      graph({
        nodes: [zipMap],
        inputs: [value('x', 1, ['n', 3000])],
        outputs: [value('y', 1, [])],
      }),
    );
    const { inspection, signature } = register(many);
    expect(inspection.classLabels).toEqual([]);
    expect(signature.outputs[0]?.shape).toEqual([-1, 3000]);
  });

  it('are the same whether the classifier names them too', () => {
    const { signature } = register(readExample('penguins').artifact);
    expect(signature.classes).toEqual(['Adelie', 'Chinstrap', 'Gentoo']);
  });
});
