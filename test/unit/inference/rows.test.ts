import { describe, expect, it } from '@jest/globals';
import type { Feature, Signature } from '#core/signature/schema.ts';
import { clientOf, serviceOf } from '../../helpers/inference.ts';
import { echoModel } from '../../helpers/tiny-model.ts';
import { treeModel } from '../../helpers/tree-model.ts';

const feature = (name: string, rest: Partial<Feature>): Feature => ({
  name,
  type: 'number',
  input: 'numbers',
  column: 0,
  nullable: false,
  ...rest,
});

const people = echoModel([
  { name: 'numbers', datatype: 'FP32', shape: ['N', 3] },
  { name: 'job', datatype: 'BYTES', shape: ['N', 1] },
  { name: 'id', datatype: 'INT64', shape: ['N'] },
  { name: 'level', datatype: 'INT8', shape: ['N', 1] },
]);
people.signature.features = [
  feature('age', { min: 0, max: 120, nullable: true }),
  feature('children', { type: 'integer', column: 1 }),
  feature('member', { type: 'boolean', column: 2 }),
  feature('job', { type: 'category', input: 'job', categories: ['nurse', 'cook'], nullable: true }),
  feature('id', { type: 'integer', input: 'id' }),
  feature('level', { type: 'category', input: 'level', categories: [1, 2] }),
];

const trees = treeModel({ trees: 3, depth: 2, features: 2 });
const image = echoModel([{ name: 'x', datatype: 'FP32', shape: ['N', 2, 2] }]);
const single = echoModel([{ name: 'x', datatype: 'FP32', shape: [1, 2] }]);
const plain = echoModel([{ name: 'x', datatype: 'FP32', shape: ['N', 2] }]);

const withOutputs = (outputs: Signature['outputs'], classes?: string[]) => {
  const { model, signature } = echoModel([
    { name: 'l', datatype: 'INT64', shape: ['N'] },
    { name: 'p', datatype: 'FP32', shape: ['N', 2] },
    { name: 'v', datatype: 'FP64', shape: ['N', 1] },
  ]);
  return { model, signature: { ...signature, outputs, ...(classes && { classes }) } };
};
const l = { name: 'l_out', datatype: 'INT64' as const, shape: ['N'] };
const p = { name: 'p_out', datatype: 'FP32' as const, shape: ['N', 2] };
const v = { name: 'v_out', datatype: 'FP64' as const, shape: ['N', 1] };
const named = withOutputs(
  [
    { ...l, role: 'label' },
    { ...p, role: 'probabilities' },
    { ...v, role: 'value' },
  ],
  ['no', 'yes'],
);
const unlabelled = withOutputs([{ ...p, role: 'probabilities' }], ['no', 'yes']);
const bare = withOutputs([{ ...l, role: 'label' }, p, v]);

const call = clientOf(serviceOf({ people, trees, image, single, plain, named, unlabelled, bare }));
const predict = (endpoint: string, body: unknown) =>
  call({ path: `/api/v1/endpoints/${endpoint}/predictions`, body });
const person = { age: 41, children: 2, member: true, job: 'nurse', id: 5, level: 1 };

describe('rows', () => {
  it('reach the tensors of the model by name, in any order', async () => {
    const text = `{"rows": [
      {"level": 2, "id": 9223372036854775807, "job": "cook", "member": 0, "children": 3.0, "age": 40.5},
      ${JSON.stringify({ ...person, age: null, job: undefined })}]}`;
    const { status, json, text: answer } = await predict('people', text);
    expect(status).toBe(200);
    expect(json.predictions[0].outputs.numbers_out).toEqual([40.5, 3, 0]);
    expect(json.predictions[0].outputs.job_out).toBe('cook');
    expect(answer).toContain('"id_out":9223372036854775807,"level_out":2');
    expect(json.predictions[1].outputs).toMatchObject({ numbers_out: [null, 2, 1], job_out: '' });
  });

  it('get an answer that names endpoint, revision and version, and a prediction each', async () => {
    const { json, headers } = await predict('people', { rows: [person, person] });
    expect(json).toMatchObject({ endpoint: 'people', revision: 3, modelVersion: 7 });
    const id = headers['x-skiff-prediction-id'];
    expect(json.predictions.map((one: { predictionId: string }) => one.predictionId)).toEqual([
      `${id}:0`,
      `${id}:1`,
    ]);
  });

  it('may leave the columns unnamed where the owner named none', async () => {
    const { json } = await predict('plain', { rows: [{ x_0: 1, x_1: 2 }] });
    expect(json.predictions[0].outputs).toEqual({ x_out: [1, 2] });
  });

  it.each([
    ['age', '41', 'must be a number, not a string: leave out the quotes'],
    ['age', 141, 'must be between 0 and 120'],
    ['age', -0.5, 'must be between 0 and 120'],
    ['age', true, 'must be a number'],
    ['age', {}, 'must be a number'],
    ['children', 2.5, 'must be a whole number'],
    ['children', '2', 'must be an integer, not a string'],
    ['children', null, 'is missing, and the model needs it'],
    ['children', undefined, 'is missing, and the model needs it'],
    ['children', 16777217, 'does not fit FP32, which the model takes'],
    ['member', 2, 'must be true or false'],
    ['member', 'yes', 'must be a boolean, not a string'],
    ['job', 'pilot', 'must be one of "nurse", "cook"'],
    ['job', 3, 'must be one of "nurse", "cook"'],
    ['id', 0.5, 'must be a whole number'],
    ['id', 1e19, 'does not fit into 64 bits'],
    ['level', 3, 'must be one of 1, 2'],
    ['level', '1', 'must be one of 1, 2'],
  ])('are refused for %s = %j', async (name, value, message) => {
    const { status, json, headers } = await predict('people', {
      rows: [person, { ...person, [name]: value }],
    });
    expect(status).toBe(400);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(json.errors).toEqual([
      { field: `rows[1].${name}`, message: expect.stringContaining(message) },
    ]);
    expect(json.detail).toContain(`rows[1].${name}: `);
  });

  it('may not have columns that the model has not; the nearest is named', async () => {
    const near = await predict('people', { rows: [{ ...person, agee: 1 }] });
    expect(near.json.errors[0]).toEqual({
      field: 'rows[0].agee',
      message: 'is not a column of the model: did you mean "age"?',
    });
    const far = await predict('people', { rows: [{ ...person, temperature: 1 }] });
    expect(far.json.errors[0].message).toContain('the model has one of "age", "children"');
    const inherited = await predict('people', `{"rows": [{"__proto__": {"age": 1}}]}`);
    expect(inherited.json.errors.map(({ field }: { field: string }) => field)).toContain(
      'rows[0].__proto__',
    );
  });

  it('are all checked, and the first twenty problems named', async () => {
    const rows = new Array(50).fill({ ...person, age: 'old' });
    const { json } = await predict('people', { rows });
    expect(json.errors).toHaveLength(20);
    expect(json.detail).toContain('(and 19 more)');
  });

  it.each([
    ['no JSON', '{', 'the body is not JSON'],
    ['a list', [], 'the body must be a JSON object'],
    ['no rows', {}, 'rows: must be an array of objects'],
    ['an empty list', { rows: [] }, 'rows: must hold at least one row'],
    ['rows that are none', { rows: [4] }, 'rows[0]: must be an object'],
    ['another field', { rows: [person], row: 1 }, 'row: is not a field of this request'],
  ])('refuses %s', async (_, body, message) => {
    const { status, json } = await predict('people', body);
    expect(status).toBe(400);
    expect(json.detail).toContain(message);
  });

  it.each([
    ['nobody', 404],
    ['image', 422],
  ])('to %s are answered with %d', async (endpoint, status) => {
    expect((await predict(endpoint, { rows: [{}] })).status).toBe(status);
  });

  it('keep to the number that a graph fixes', async () => {
    const row = { x_0: 1, x_1: 2 };
    expect((await predict('single', { rows: [row] })).status).toBe(200);
    const two = await predict('single', { rows: [row, row] });
    expect(two.json.detail).toContain('the model takes exactly 1 at a time, not 2');
  });

  it('beyond the documented number get a 413 that points to batch', async () => {
    const rows = new Array(10_001).fill({ x_0: 1, x_1: 2 });
    const { status, json } = await predict('plain', { rows });
    expect(status).toBe(413);
    expect(json.detail).toContain('10001 rows, at most 10000: score larger sets in batch');
  });
});

describe('a prediction', () => {
  const row = { l: 1, p_0: 0.25, p_1: 0.75, v: 0.1 };

  it('has label, probabilities and value by the outputs’ roles, with names of classes', async () => {
    const { json } = await predict('named', { rows: [row] });
    expect(json.predictions[0]).toMatchObject({
      label: 'yes',
      probabilities: { no: 0.25, yes: 0.75 },
      value: 0.1,
    });
    expect(json.predictions[0]).not.toHaveProperty('outputs');
  });

  it('has the likeliest class as label where the model gives none', async () => {
    const { json } = await predict('unlabelled', { rows: [row, { ...row, p_0: 0.9 }] });
    expect(json.predictions.map(({ label }: { label: string }) => label)).toEqual(['yes', 'no']);
  });

  it('keeps what has no role by name, and numbers as labels where no class has a name', async () => {
    const { json } = await predict('bare', { rows: [row] });
    expect(json.predictions[0]).toMatchObject({
      label: 1,
      outputs: { p_out: [0.25, 0.75], v_out: 0.1 },
    });
  });

  it('is the same as that of the Open Inference Protocol', async () => {
    const data = [0.3, -0.2, 1.5, 0.9];
    const tensors = await call({
      path: '/v2/models/trees/infer',
      body: { inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 2], data }] },
    });
    const [labels, probabilities] = tensors.json.outputs;
    const { json } = await predict('trees', {
      rows: [
        { x_0: 0.3, x_1: -0.2 },
        { x_0: 1.5, x_1: 0.9 },
      ],
    });
    for (const [i, one] of json.predictions.entries()) {
      expect(one.label).toBe(['no', 'yes'][labels.data[i]]);
      expect(Object.values(one.probabilities)).toEqual(probabilities.data.slice(2 * i, 2 * i + 2));
    }
  });
});
