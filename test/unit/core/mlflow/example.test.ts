import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inputsOf } from '#core/mlflow/example.ts';
import { checkGoldenSample } from '#core/signature/golden.ts';
import type { Signature } from '#core/signature/schema.ts';

const outputs = [{ name: 'y', datatype: 'FP32', shape: ['n'] }] as Signature['outputs'];
const wide: Signature = {
  inputs: [{ name: 'X', datatype: 'FP32', shape: ['n', 3] }],
  outputs,
};
const columns: Signature = {
  inputs: [
    { name: 'age', datatype: 'FP32', shape: ['n', 1] },
    { name: 'city', datatype: 'BYTES', shape: ['n', 1] },
  ],
  outputs,
};
const rows = [
  [1, 2, 3],
  [4, 5, 6],
];
const whole = [{ name: 'X', datatype: 'FP32', shape: [2, 3], data: [1, 2, 3, 4, 5, 6] }];
const split = {
  columns: ['city', 'age'],
  data: [
    ['Ulm', 30],
    ['Bonn', 40],
  ],
};
const named = [
  { name: 'age', datatype: 'FP32', shape: [2, 1], data: [30, 40] },
  { name: 'city', datatype: 'BYTES', shape: [2, 1], data: ['Ulm', 'Bonn'] },
];

describe('an input example', () => {
  it.each<[string, unknown, Signature, unknown]>([
    [
      'a frame for one wide input',
      { dataframe_split: { columns: ['a', 'b', 'c'], data: rows } },
      wide,
      whole,
    ],
    ['an array', { inputs: rows }, wide, whole],
    ['instances', { instances: rows }, wide, whole],
    ['a named array', { inputs: { X: rows } }, wide, whole],
    ['a frame of named columns', { dataframe_split: split }, columns, named],
    [
      'records',
      {
        dataframe_records: [
          { age: 30, city: 'Ulm' },
          { city: 'Bonn', age: 40 },
        ],
      },
      columns,
      named,
    ],
    [
      'too few columns',
      { dataframe_split: { columns: ['a', 'b'], data: [[1, 2]] } },
      wide,
      undefined,
    ],
    ['other names', { inputs: { Z: rows } }, wide, undefined],
    ['an array for two inputs', { inputs: rows }, columns, undefined],
    ['something else', { messages: [] }, wide, undefined],
  ])('as %s', (_, example, signature, expected) => {
    expect(inputsOf(example, signature)).toEqual(expected);
  });

  it('that is taken is either a golden sample or refused in words, whatever it is', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const example = { inputs: JSON.parse(json) };
        const inputs = inputsOf(example, wide);
        if (!inputs) return;
        const sample = { inputs, outputs: [], tolerance: 0 };
        try {
          expect(checkGoldenSample(wide, sample, 'e')).toBeGreaterThan(0);
        } catch (error) {
          expect((error as { code?: string }).code).toBe('invalid');
        }
      }),
    );
  });
});
