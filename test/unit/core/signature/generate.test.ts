import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Random } from '#core/random.ts';
import { generateInputs } from '#core/signature/generate.ts';
import { checkColumns, makePlan } from '#core/signature/plan.ts';
import type { Feature, Signature, TensorSpec } from '#core/signature/schema.ts';
import { DATATYPES } from '#core/tensors/datatypes.ts';
import { decodeJson } from '#core/tensors/json-decode.ts';
import { encodeJson } from '#core/tensors/json-encode.ts';
import { checkShape, elementCount } from '#core/tensors/shapes.ts';

const spec = (datatype: TensorSpec['datatype'], shape: TensorSpec['shape']): Signature => ({
  inputs: [{ name: 'x', datatype, shape }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: ['N'] }],
});

/** As a request would bring them: throws what serving would refuse. */
function accept(signature: Signature, rows: number, seed: number) {
  const plan = makePlan(signature);
  for (const { name, datatype, shape, data } of generateInputs(signature, rows, new Random(seed))) {
    const input = plan.inputs.get(name)!;
    checkShape(shape, input.spec.shape, 'shape');
    expect(data).toHaveLength(elementCount(shape));
    const sent = decodeJson(datatype, shape, JSON.parse(encodeJson(datatype, data)), 'data');
    checkColumns(input, shape, sent, 'data');
  }
}

describe('generated inputs', () => {
  it.each(DATATYPES)('of %s are what a request may hold', (datatype) => {
    accept(spec(datatype, ['N', 3, 'length', -1]), 4, 1);
    accept(spec(datatype, [1, 2]), 4, 1);
  });

  it('keep to every range and category', () => {
    const bound = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    const range = fc
      .tuple(bound, bound)
      .map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) + 1 }));
    const some = fc.oneof(
      range,
      range.map(({ min }) => ({ min })),
      range.map(({ max }) => ({ max })),
      fc.constant({}),
    );
    const type = fc.constantFrom('number' as const, 'integer' as const);
    fc.assert(
      fc.property(
        fc.constantFrom('FP32' as const, 'FP64' as const),
        some,
        type,
        fc.nat(),
        (datatype, limits, type, seed) => {
          const feature: Feature = {
            name: 'a',
            type,
            input: 'x',
            column: 0,
            nullable: false,
            ...limits,
          };
          accept({ ...spec(datatype, ['N', 1]), features: [feature] }, 20, seed);
        },
      ),
    );
    const categories: Feature = {
      name: 'a',
      type: 'category',
      input: 'x',
      column: 0,
      nullable: false,
      categories: ['p', 'q'],
    };
    accept({ ...spec('BYTES', ['N', 1]), features: [categories] }, 20, 3);
  });

  it('are the same for the same seed, and others for another', () => {
    const [signature] = [spec('FP32', ['N', 4])];
    const data = (seed: number) => generateInputs(signature, 5, new Random(seed))[0]?.data;
    expect(data(1)).toEqual(data(1));
    expect(data(1)).not.toEqual(data(2));
  });
});
