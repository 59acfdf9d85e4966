import { describe, expect, it } from '@jest/globals';
import { widenBfloat16Edges, widenedName } from '#core/onnx/bfloat16-edges.ts';
import { inspectModel } from '#core/onnx/inspect.ts';
import { deriveSignature } from '#core/signature/derive.ts';
import { echoModel } from '../../../helpers/tiny-model.ts';

describe('bfloat16 at the edges of a graph', () => {
  const { model } = echoModel([
    { name: 'x', datatype: 'BF16', shape: ['N', 3] },
    { name: 'y', datatype: 'FP32', shape: ['M'] },
  ]);

  it('is what the signature says', () => {
    const { inputs, outputs } = deriveSignature(inspectModel(model));
    expect(inputs[0]).toEqual({ name: 'x', datatype: 'BF16', shape: ['N', 3] });
    expect(outputs.map(({ datatype }) => datatype)).toEqual(['BF16', 'FP32']);
  });

  it('gets a float32 form of the same shape, and nothing else changes', () => {
    const widened = inspectModel(widenBfloat16Edges(model) as Uint8Array);
    const before = inspectModel(model);
    expect(deriveSignature(widened).inputs).toEqual([
      { name: widenedName('x'), datatype: 'FP32', shape: ['N', 3] },
      { name: 'y', datatype: 'FP32', shape: ['M'] },
    ]);
    expect(deriveSignature(widened).outputs.map(({ name }) => name)).toEqual([
      widenedName('x_out'),
      'y_out',
    ]);
    expect(widened.nodeCount).toBe(before.nodeCount + 2);
    expect(widened.opsets).toEqual(before.opsets);
  });

  it('leaves any other model alone', () => {
    expect(widenBfloat16Edges(echoModel([{ name: 'x', datatype: 'FP16', shape: [] }]).model)).toBe(
      undefined,
    );
  });
});
