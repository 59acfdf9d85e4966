import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Feature, OutputSpec, Signature } from '#core/signature/schema.ts';
import type { Table } from '#core/table/table.ts';
import { makeScorer } from '../../../functions/validation/scorer.ts';
import { tableOf } from '../../helpers/tables.ts';
import { echoModel, type TinyTensor } from '../../helpers/tiny-model.ts';

interface Echo {
  readonly tensors: readonly TinyTensor[];
  readonly features?: readonly (Partial<Feature> & { name: string })[];
  readonly roles?: readonly NonNullable<OutputSpec['role']>[];
  readonly classes?: string[];
}

/** Scores with a model whose outputs are its inputs; the first is the value unless roles say more. */
async function echo(
  { tensors, features, roles = ['value'], classes }: Echo,
  table: Table,
  options = {},
) {
  const { model, signature } = echoModel(tensors);
  const outputs = signature.outputs.map((output, i) => ({
    ...output,
    ...(roles[i] && { role: roles[i] }),
  }));
  const whole: Signature = {
    ...signature,
    outputs,
    ...(classes && { classes }),
    ...(features && {
      features: features.map((feature, column) => ({
        type: 'number',
        input: 'x',
        column,
        nullable: false,
        ...feature,
      })),
    }),
  };
  const scorer = await makeScorer(whole, model, { others: ['target'] });
  try {
    return await scorer.score(table, options);
  } finally {
    await scorer.dispose();
  }
}

const vector = (datatype: TinyTensor['datatype'], name = 'x') => ({
  name,
  datatype,
  shape: ['N', 1],
});
const one = (datatype: TinyTensor['datatype'], feature: Partial<Feature> = {}): Echo => ({
  tensors: [vector(datatype)],
  features: [{ name: 'a', ...feature }],
});
const values = (...list: (number | string | null)[]) => tableOf(list.map((a) => ({ a })));

describe('the contract', () => {
  it.each<[string, Echo, Table, string]>([
    [
      'a missing value',
      one('FP32'),
      values(1, null),
      'rows[1].a: is missing, and the model needs it',
    ],
    [
      'a value below the range',
      one('FP32', { min: 0 }),
      values(1, 2, -1),
      'rows[2].a: must be at least 0',
    ],
    [
      'a number beyond float32',
      one('FP32'),
      values(1e39),
      'rows[0].a: is beyond the range of FP32',
    ],
    ['infinity', one('FP64'), values(Infinity), 'rows[0].a: is beyond the range of FP64'],
    [
      'a fraction',
      one('INT32', { type: 'integer' }),
      values(0.5),
      'rows[0].a: must be a whole number',
    ],
    [
      'a fraction in a floating input',
      one('FP32', { type: 'integer' }),
      values(0.5),
      'rows[0].a: must be a whole number',
    ],
    [
      'an integer that rounds',
      one('FP32', { type: 'integer' }),
      values(2 ** 24 + 1),
      'rows[0].a: does not fit FP32, which the model takes',
    ],
    [
      'an integer that wraps',
      one('UINT8', { type: 'integer' }),
      values(256),
      'rows[0].a: does not fit UINT8, which the model takes',
    ],
    [
      'text for a number',
      one('FP32'),
      values('old'),
      'rows[0].a: must be a number, not a string: leave out the quotes',
    ],
    [
      'an unknown category',
      one('BYTES', { type: 'category', categories: ['x', 'y'] }),
      values('x', 'z'),
      'rows[1].a: must be one of "x", "y"',
    ],
  ])('refuses %s, naming row and column', async (_, model, table, message) => {
    const [field] = message.split(': ');
    await expect(echo(model, table)).rejects.toMatchObject({
      code: 'unprocessable',
      message,
      fields: [{ field }],
    });
  });

  it('names the feature that has no column', async () => {
    await expect(echo(one('FP32'), tableOf([{ b: 1 }]))).rejects.toMatchObject({
      code: 'unprocessable',
      message: 'the data have no column "a", which the model needs',
    });
  });

  it('lets gaps pass where the feature is nullable', async () => {
    const numbers = await echo(one('FP32', { nullable: true }), values(1, null));
    expect(numbers).toEqual({ kind: 'values', values: Float64Array.of(1, NaN) });
    const texts = await echo(
      { ...one('BYTES', { type: 'string', nullable: true }), roles: ['label'] },
      values('b', null),
    );
    expect(texts).toMatchObject({ classes: ['', 'b'], predicted: Int32Array.of(1, 0) });
  });

  it('is bypassed where asked for: ranges, gaps, infinity and categories', async () => {
    const unchecked = { unchecked: true };
    const bounded = one('FP32', { min: 0, max: 1 });
    expect(await echo(bounded, values(-5, null, Infinity, 1e39), unchecked)).toMatchObject({
      values: Float64Array.of(-5, NaN, Infinity, Infinity),
    });
    const categories = {
      ...one('BYTES', { type: 'category', categories: ['x'] }),
      roles: ['label'] as const,
    };
    expect(await echo(categories, values('q', null), unchecked)).toMatchObject({
      classes: ['', 'q'],
    });
    expect(
      await echo(one('INT64', { type: 'integer', min: 0 }), values(-3), unchecked),
    ).toMatchObject({
      values: Float64Array.of(-3),
    });
  });

  it('still refuses what the datatype cannot hold when it is bypassed', async () => {
    const model = one('INT32', { type: 'integer' });
    await expect(echo(model, values(null), { unchecked: true })).rejects.toThrow(
      'rows[0].a: is missing',
    );
    await expect(echo(one('FP32'), values('x'), { unchecked: true })).rejects.toThrow(
      'not a string',
    );
  });
});

describe('values', () => {
  it.each<[TinyTensor['datatype'], number[]]>([
    ['FP16', [1, 0.5, -2]],
    ['BF16', [1, 0.5, -2]],
    ['FP64', [1, 0.1, -2]],
    ['INT64', [1, -7, 2 ** 40]],
    ['UINT8', [0, 255, 7]],
  ])('of %s come through', async (datatype, list) => {
    const type = datatype.includes('F') ? 'number' : 'integer';
    const scores = await echo(one(datatype, { type }), values(...list));
    expect(scores).toEqual({ kind: 'values', values: Float64Array.from(list) });
  });

  it('of bfloat16 are rounded as serving rounds them', async () => {
    const scores = await echo(one('BF16'), values(1.00390625));
    expect(scores).toEqual({ kind: 'values', values: Float64Array.of(1) });
  });

  it('land in their own rows over many batches, whatever the number of rows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 9_000 }), async (rows) => {
        const data = Float64Array.from({ length: rows }, (_, i) => i);
        const table: Table = { rows, columns: [{ name: 'a', kind: 'numeric', values: data }] };
        expect(await echo(one('FP32'), table)).toEqual({ kind: 'values', values: data });
      }),
      { numRuns: 15, examples: [[4_096], [4_097], [8_192]] },
    );
  });

  it('are scored one by one where the graph takes one row', async () => {
    const tensors = [{ name: 'x', datatype: 'FP32' as const, shape: [1, 1] }];
    const scores = await echo({ tensors, features: [{ name: 'a' }] }, values(3, 4));
    expect(scores).toEqual({ kind: 'values', values: Float64Array.of(3, 4) });
  });
});

describe('labels', () => {
  const label = (
    datatype: TinyTensor['datatype'],
    type: Feature['type'],
    classes?: string[],
  ): Echo => ({
    ...one(datatype, { type }),
    roles: ['label'],
    ...(classes && { classes }),
  });

  it('that are class numbers are mapped to the names', async () => {
    const scores = await echo(label('INT64', 'integer', ['no', 'yes']), values(1, 0, 1));
    expect(scores).toMatchObject({ classes: ['no', 'yes'], predicted: Int32Array.of(1, 0, 1) });
  });

  it('that are names themselves stay what they are', async () => {
    const scores = await echo(label('INT64', 'integer', ['10', '20']), values(20, 10));
    expect(scores).toMatchObject({ predicted: Int32Array.of(1, 0), probabilities: undefined });
  });

  it('without declared classes are the classes, numbers by size', async () => {
    const scores = await echo(label('INT64', 'integer'), values(10, 9, 10));
    expect(scores).toMatchObject({ classes: ['9', '10'], predicted: Int32Array.of(1, 0, 1) });
  });

  it('of booleans are false and true', async () => {
    const scores = await echo(label('BOOL', 'boolean'), values('true', 'false'));
    expect(scores).toMatchObject({ classes: ['false', 'true'], predicted: Int32Array.of(1, 0) });
  });

  it('that no class has are refused', async () => {
    await expect(echo(label('INT64', 'integer', ['no', 'yes']), values(2))).rejects.toMatchObject({
      code: 'unprocessable',
      message: expect.stringContaining('"2", which is none of its classes'),
    });
  });
});

describe('probabilities', () => {
  it('in one column are those of the second of two classes', async () => {
    const model = { ...one('FP32'), roles: ['probabilities'] as const, classes: ['no', 'yes'] };
    expect(await echo(model, values(0.25, 0.75))).toEqual({
      kind: 'classes',
      classes: ['no', 'yes'],
      predicted: Int32Array.of(0, 1),
      probabilities: Float64Array.of(0.75, 0.25, 0.25, 0.75),
    });
  });

  it('without a label make the likeliest class the label, the first of equals', async () => {
    const tensors = [{ name: 'x', datatype: 'FP32' as const, shape: ['N', 3] }];
    const features = ['a', 'b', 'c'].map((name) => ({ name }));
    const table = tableOf([
      { a: 0.25, b: 0.5, c: 0.25 },
      { a: 0.5, b: 0, c: 0.5 },
    ]);
    expect(await echo({ tensors, features, roles: ['probabilities'] }, table)).toMatchObject({
      classes: ['0', '1', '2'],
      predicted: Int32Array.of(1, 0),
    });
  });
});

describe('models that are no rows of columns', () => {
  const tensors = [{ name: 'x', datatype: 'FP32' as const, shape: ['N', 1, 2, 2] }];
  const model: Echo = { tensors, roles: ['probabilities'] };
  const pixels = { p0: 1, p1: 2, p2: 3, p3: 4 };

  it('take flattened columns by their order, beside the label', async () => {
    const scores = await echo(model, tableOf([{ target: 'cat', ...pixels }]));
    expect(scores).toMatchObject({ probabilities: Float64Array.of(1, 2, 3, 4) });
  });

  it('refuse columns of another number', async () => {
    const table = tableOf([{ ...pixels, p4: 5 }]);
    await expect(echo(model, table)).rejects.toMatchObject({
      code: 'unprocessable',
      message: 'input "x" takes 4 values per row, the data have 5 columns beside the label',
    });
  });

  it('are refused where a size per row is open', async () => {
    const tokens = [{ name: 'x', datatype: 'INT64' as const, shape: ['N', 'length'] }];
    await expect(echo({ tensors: tokens }, values(1))).rejects.toMatchObject({
      code: 'unprocessable',
      message: expect.stringContaining('cannot be examined on tables'),
    });
  });
});

describe('outputs', () => {
  it('need a role', async () => {
    await expect(echo({ ...one('FP32'), roles: [] }, values(1))).rejects.toMatchObject({
      code: 'unprocessable',
      message: expect.stringContaining('name one under signature.outputs'),
    });
  });

  it('of a regressor are one value per row', async () => {
    const tensors = [{ name: 'x', datatype: 'FP32' as const, shape: ['N', 2] }];
    const features = [{ name: 'a' }, { name: 'b' }];
    await expect(echo({ tensors, features }, tableOf([{ a: 1, b: 2 }]))).rejects.toThrow(
      '2 values per row',
    );
    const flat = [{ name: 'x', datatype: 'FP32' as const, shape: ['N'] }];
    expect(await echo({ tensors: flat, features: [{ name: 'a' }] }, values(7))).toMatchObject({
      values: Float64Array.of(7),
    });
  });
});
