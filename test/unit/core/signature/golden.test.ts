import { describe, expect, it } from '@jest/globals';
import { checkGoldenSample, GoldenSample } from '#core/signature/golden.ts';
import type { Signature } from '#core/signature/schema.ts';
import { exampleNames, goldenSample, readExample } from '../../../../local/examples.ts';
import { deployed } from '../../../helpers/examples.ts';

const signature: Signature = {
  inputs: [
    { name: 'x', datatype: 'FP32', shape: ['N', 2] },
    { name: 'job', datatype: 'BYTES', shape: ['N', 1] },
  ],
  outputs: [{ name: 'y', datatype: 'FP32', shape: ['N', 1], role: 'value' }],
  features: [
    { name: 'age', type: 'number', input: 'x', column: 0, min: 0, max: 120, nullable: false },
    { name: 'pay', type: 'number', input: 'x', column: 1, nullable: false },
    { name: 'job', type: 'string', input: 'job', column: 0, nullable: false },
  ],
};

const x = { name: 'x', datatype: 'FP32', shape: [2, 2], data: [30, 1, 40, 2] };
const job = { name: 'job', datatype: 'BYTES', shape: [2, 1], data: ['nurse', 'smith'] };
const y = { name: 'y', data: [0.5, 0.25] };
const good = { inputs: [x, job], outputs: [y] };
const check = (sample: unknown) =>
  checkGoldenSample(signature, GoldenSample.parse(sample), 'goldenSample');

describe('a golden sample', () => {
  it('that fits the signature has so many rows', () => {
    expect(check(good)).toBe(2);
    expect(check({ ...good, outputs: [{ ...y, datatype: 'FP32', shape: [2, 1] }] })).toBe(2);
  });

  it.each<[string, unknown, string]>([
    ['input the model lacks', { ...good, inputs: [x, job, { ...x, name: 'z' }] }, 'inputs[2].name'],
    ['input given twice', { ...good, inputs: [x, x] }, 'inputs[1].name'],
    ['input left out', { ...good, inputs: [x] }, 'inputs'],
    ['datatype', { ...good, inputs: [{ ...x, datatype: 'FP64' }, job] }, 'inputs[0].datatype'],
    ['shape', { ...good, inputs: [{ ...x, shape: [1, 4] }, job] }, 'inputs[0].shape[1]'],
    ['number of values', { ...good, inputs: [{ ...x, data: [1] }, job] }, 'inputs[0].data'],
    [
      'value of another kind',
      { ...good, inputs: [{ ...x, data: ['1', 1, 1, 1] }, job] },
      'inputs[0].data[0]',
    ],
    [
      'value out of range',
      { ...good, inputs: [{ ...x, data: [30, 1, 121, 2] }, job] },
      'inputs[0].data[2]',
    ],
    [
      'input of other rows',
      { ...good, inputs: [x, { ...job, shape: [1, 1], data: ['a'] }] },
      'inputs[1].shape[0]',
    ],
    ['output the model lacks', { ...good, outputs: [{ ...y, name: 'z' }] }, 'outputs[0].name'],
    ['output given twice', { ...good, outputs: [y, y] }, 'outputs[1].name'],
    ['output datatype', { ...good, outputs: [{ ...y, datatype: 'INT64' }] }, 'outputs[0].datatype'],
    [
      'output of other rows',
      { ...good, outputs: [{ ...y, shape: [1, 1], data: [1] }] },
      'outputs[0].shape',
    ],
    [
      'number of output values',
      { ...good, outputs: [{ ...y, data: [1, 2, 3] }] },
      'outputs[0].data',
    ],
    [
      'output value of another kind',
      { ...good, outputs: [{ ...y, data: ['a', 'b'] }] },
      'outputs[0].data[0]',
    ],
  ])('names the field of a wrong %s', (_, sample, field) => {
    expect(() => check(sample)).toThrow(
      expect.objectContaining({
        code: 'invalid',
        fields: [{ field: `goldenSample.${field}`, message: expect.any(String) }],
      }),
    );
  });

  it('ends at 100 rows', () => {
    const sample = (rows: number) => ({
      inputs: [
        { ...x, shape: [rows, 2], data: new Array(rows * 2).fill(1) },
        { ...job, shape: [rows, 1], data: new Array(rows).fill('a') },
      ],
      outputs: [{ ...y, data: new Array(rows).fill(1) }],
    });
    expect(check(sample(100))).toBe(100);
    expect(() => check(sample(101))).toThrow('have 101 rows, at most 100');
    expect(() => check(sample(0))).toThrow('have no rows');
  });

  it('ends at 200 kB', () => {
    const long = { ...job, data: ['a'.repeat(200_000), 'b'] };
    expect(() => check({ ...good, inputs: [x, long] })).toThrow('at most 200000');
  });

  it.each(exampleNames())('of %s is accepted', (name) => {
    const example = readExample(name);
    const sample = GoldenSample.parse(goldenSample(example));
    expect(checkGoldenSample(deployed(example).signature, sample, 'goldenSample')).toBe(40);
  });
});
