import { describe, expect, it } from '@jest/globals';
import { captureColumns } from '#core/capture/columns.ts';
import { fillColumn, MASKED, MAX_LIST } from '#core/capture/fill.ts';
import { captureKey, hoursOf, parseCaptureKey } from '#core/capture/keys.ts';
import type { Feature, Signature } from '#core/signature/schema.ts';

const feature = (name: string, input: string, column = 0): Feature => ({
  ...{ name, type: 'number', input, column, nullable: true },
});
const signature: Signature = {
  inputs: [
    { name: 'X', datatype: 'FP32', shape: ['N', 2] },
    { name: 'job', datatype: 'BYTES', shape: ['N', 1] },
  ],
  outputs: [
    { name: 'label', datatype: 'INT64', shape: ['N'], role: 'label' },
    { name: 'p', datatype: 'FP32', shape: ['N', 2], role: 'probabilities' },
    { name: 'embedding', datatype: 'FP32', shape: ['N', 'width'] },
  ],
  classes: ['no', 'yes'],
  features: [feature('age', 'X'), feature('income', 'X', 1), feature('job', 'job')],
};
const names = (columns: readonly { name: string }[]) => columns.map(({ name }) => name);

describe('the columns of captures', () => {
  it('are features by name, outputs by name and class, and lists for what varies', () => {
    expect(names(captureColumns(signature))).toEqual([
      ...['in_age', 'in_income', 'in_job'],
      ...['out_label', 'out_p_no', 'out_p_yes', 'out_embedding'],
    ]);
  });

  it('leave out what is dropped, whole outputs too', () => {
    const kept = captureColumns(signature, { drop: ['income', 'p', 'embedding'] });
    expect(names(kept)).toEqual(['in_age', 'in_job', 'out_label']);
    const input = captureColumns(signature, { drop: ['X'], mask: ['job'] });
    expect(names(input).slice(0, 2)).toEqual(['in_job', 'out_label']);
    expect(input[0]?.masked).toBe(true);
  });

  it('have made-up names where a model has no features, and inputs where it has no rows', () => {
    const { features: _, ...bare } = signature;
    expect(names(captureColumns(bare)).slice(0, 3)).toEqual(['in_X_0', 'in_X_1', 'in_job']);
    const image: Signature = {
      ...bare,
      inputs: [{ name: 'image', datatype: 'FP32', shape: ['N', 2, 2] }],
    };
    expect(captureColumns(image)[0]).toMatchObject({ name: 'in_image', at: undefined });
  });

  it('differ in more than their case', () => {
    const features = [feature('A', 'X'), feature('a', 'X', 1), feature('job', 'job')];
    expect(names(captureColumns({ ...signature, features })).slice(0, 2)).toEqual([
      'in_A',
      'in_a_2',
    ]);
  });
});

describe('the values of a column', () => {
  const [age, income, job, label] = captureColumns(signature, { mask: ['income'] });
  const X = { shape: [2, 2], data: Float32Array.of(1, 2, Number.NaN, Number.NaN) };
  const parts = [
    { rows: 2, tensor: X },
    { rows: 1, tensor: undefined },
  ];

  it('are the tensors’ own, with gaps for what is missing or was not asked for', () => {
    expect(fillColumn(age as never, parts)).toEqual({
      ...{ name: 'in_age', type: 'float' },
      ...{ values: Float32Array.of(1, 0, 0), present: Uint8Array.of(1, 0, 0) },
    });
    const labels = { shape: [1], data: BigInt64Array.of(2n ** 60n) };
    expect(fillColumn(label as never, [{ rows: 1, tensor: labels }])).toEqual({
      ...{ name: 'out_label', type: 'int64', values: BigInt64Array.of(2n ** 60n) },
    });
    const jobs = { shape: [1, 1], data: ['nurse'] };
    expect(fillColumn(job as never, [{ rows: 1, tensor: jobs }]).values).toEqual(['nurse']);
  });

  it('say of masked ones only whether they are there', () => {
    expect(fillColumn(income as never, parts).values).toEqual([MASKED, null, null]);
  });

  it('are lists in JSON where a row has a varying number, up to a length', () => {
    const list = captureColumns(signature).at(-1) as never;
    const data = Float32Array.of(0.5, 1, 2, Number.NaN);
    const two = [{ rows: 2, tensor: { shape: [2, 2], data } }];
    expect(fillColumn(list, two).values).toEqual(['[0.5,1]', '[2,null]']);
    const long = new Float32Array(MAX_LIST + 1);
    const one = [{ rows: 1, tensor: { shape: [1, long.length], data: long } }];
    expect(fillColumn(list, one).values).toEqual([null]);
  });

  it('are widened where Parquet has no such number', () => {
    const columns = captureColumns({
      ...{ inputs: [{ name: 'u', datatype: 'UINT32', shape: ['N'] }] },
      outputs: [{ name: 'h', datatype: 'FP16', shape: ['N'] }],
    });
    const u = { shape: [1], data: Uint32Array.of(4_294_967_295) };
    expect(fillColumn(columns[0] as never, [{ rows: 1, tensor: u }]).values).toEqual(
      BigInt64Array.of(4_294_967_295n),
    );
    const h = { shape: [1], data: Float16Array.of(0.1) };
    expect(fillColumn(columns[1] as never, [{ rows: 1, tensor: h }]).values).toEqual(
      Float32Array.of(Math.f16round(0.1)),
    );
  });
});

describe('the key of a capture file', () => {
  const file = {
    ...{ endpoint: 'a.b', at: Date.UTC(2026, 10, 25, 21, 59), variant: 'new-one' },
    ...{ id: '01KAWWWWWWWWWWWWWWWWWWWWWW.12', shadowed: true },
  };

  it('names endpoint, day and hour as query engines read them, and leads back', () => {
    const key = captureKey(file);
    expect(key).toBe(
      'captures/a.b/dt=2026-11-25/hr=21/new-one-01KAWWWWWWWWWWWWWWWWWWWWWW.12-shadowed.parquet',
    );
    expect(parseCaptureKey(key)).toEqual({ ...file, at: Date.UTC(2026, 10, 25, 21) });
    const plain = { ...file, shadowed: false };
    expect(parseCaptureKey(captureKey(plain))?.shadowed).toBe(false);
    expect(parseCaptureKey('captures/../dt=2026-11-25/hr=21/x.parquet')).toBeUndefined();
  });

  it('has an hour that every moment of a span falls into', () => {
    const at = (hour: number, minute: number) => Date.UTC(2026, 0, 1, hour, minute);
    expect(hoursOf(at(1, 59), at(3, 0))).toEqual([at(1, 0), at(2, 0)]);
    expect(hoursOf(at(1, 0), at(1, 0))).toEqual([]);
  });
});
