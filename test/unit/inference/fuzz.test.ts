import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Answer, type Call, clientOf, serviceOf } from '../../helpers/inference.ts';
import { echoModel, tinyModel } from '../../helpers/tiny-model.ts';
import { treeModel } from '../../helpers/tree-model.ts';

const mixed = echoModel([
  { name: 'numbers', datatype: 'FP32', shape: ['N', 2] },
  { name: 'word', datatype: 'BYTES', shape: ['N', 1] },
  { name: 'id', datatype: 'INT64', shape: ['N'] },
  { name: 'flag', datatype: 'BOOL', shape: ['N'] },
  { name: 'half', datatype: 'FP16', shape: ['N', 1] },
]);
mixed.signature.features = [
  { name: 'age', type: 'number', input: 'numbers', column: 0, min: 0, max: 9, nullable: true },
  { name: 'kids', type: 'integer', input: 'numbers', column: 1, nullable: false },
  {
    name: 'word',
    type: 'category',
    input: 'word',
    column: 0,
    categories: ['a', 'b'],
    nullable: false,
  },
  { name: 'id', type: 'integer', input: 'id', column: 0, nullable: false },
  { name: 'flag', type: 'boolean', input: 'flag', column: 0, nullable: false },
  { name: 'half', type: 'number', input: 'half', column: 0, nullable: false },
];
const io = (name: string, shape: string[], datatype: 'FP32' | 'INT64' = 'FP32') => ({
  name,
  datatype,
  shape,
});
/** Fails inside the runtime for most shapes and indices. */
const fragile = (() => {
  const inputs = [io('x', ['a', 'b']), io('y', ['c', 'd']), io('i', ['e'], 'INT64')];
  const outputs = [io('z', ['f', 'g'])];
  const nodes = [
    { operator: 'MatMul', inputs: ['x', 'y'], outputs: ['p'] },
    { operator: 'Gather', inputs: ['p', 'i'], outputs: ['z'] },
  ];
  return { model: tinyModel({ nodes, inputs, outputs }), signature: { inputs, outputs } };
})();
const trees = treeModel({ trees: 5, depth: 3, features: 2 });

const limits = { maxBodyBytes: 20_000, maxAnswerBytes: 20_000, maxRows: 100 };
const lines: string[] = [];
const call = clientOf(serviceOf({ mixed, fragile, trees }, { limits }), lines);

const tensor = (name: string, datatype: string, shape: number[], data: unknown[]) => ({
  name,
  datatype,
  shape,
  data,
});
const VALID: Record<string, unknown> = {
  '/v2/models/mixed/infer': {
    id: '1',
    parameters: { binary_data_output: false },
    inputs: [
      tensor('numbers', 'FP32', [2, 2], [1, 2, 3, 4]),
      tensor('word', 'BYTES', [2, 1], ['a', 'b']),
      tensor('id', 'INT64', [2], [1, 2]),
      tensor('flag', 'BOOL', [2], [true, false]),
      tensor('half', 'FP16', [2, 1], [[1], [2]]),
    ],
    outputs: [{ name: 'numbers_out', parameters: { binary_data: false } }],
  },
  '/v2/models/fragile/infer': {
    inputs: [
      tensor('x', 'FP32', [1, 2], [1, 2]),
      tensor('y', 'FP32', [2, 1], [1, 2]),
      tensor('i', 'INT64', [1], [0]),
    ],
  },
  '/v2/models/trees/versions/7/infer': { inputs: [tensor('x', 'FP32', [1, 2], [0.5, -0.5])] },
  '/api/v1/endpoints/mixed/predictions': {
    rows: [
      { age: 1, kids: 2, word: 'a', id: 1, flag: true, half: 0.5 },
      { age: null, kids: 0, word: 'b', id: 2, flag: false, half: -1 },
    ],
  },
  '/endpoints/mixed/invocations': {
    dataframe_split: {
      columns: ['age', 'kids', 'word', 'id', 'flag', 'half'],
      data: [[1, 2, 'a', 1, true, 0.5]],
    },
    params: { temperature: 1 },
  },
  '/endpoints/fragile/invocations': { inputs: { x: [[1, 2]], y: [[1], [2]], i: [0] } },
  '/endpoints/trees/invocations': { instances: [[0.5, -0.5]] },
};

/** JSON texts, so that what JSON.stringify would not write can be sent, too. */
const NASTY = [
  'null',
  'true',
  '""',
  '"a"',
  '[]',
  '{}',
  '[[]]',
  '0',
  '-0',
  '-1',
  '1e999',
  '1e19',
  '0.1',
  '3',
  '9007199254740993',
  '-9223372036854775809',
  '123456789012345678901234567890',
  '1e400',
  'NaN',
  '"NaN"',
  '"\\u0000"',
  '"\\ud800"',
  '[1e9,1e9]',
  '[-1,-1]',
  '[2,2]',
  '[1]',
  '[0,2]',
  '[2,0]',
  '{"__proto__":{"name":"x"}}',
  '{"constructor":1,"length":1}',
  '{"toString":1,"valueOf":1}',
  `${'['.repeat(5000)}${']'.repeat(5000)}`,
  '[[1,2],[3]]',
  '[[1,2],[3,4]]',
  `"${'x'.repeat(300)}"`,
  '"INT64"',
  '"FP32"',
  '"BF16"',
  '"__proto__"',
  '"word"',
  '{"binary_data_size":4}',
];

type Path = readonly (string | number)[];

/** Every place in a value. */
const paths = (value: unknown, at: Path = []): Path[] =>
  value === null || typeof value !== 'object'
    ? [at]
    : [at, ...Object.entries(value).flatMap(([key, inner]) => paths(inner, [...at, key]))];

const MARK = '@@nasty@@';

/** The value with the place at `path` replaced, removed or doubled. */
function mutate(value: unknown, path: Path, how: number): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return MARK;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<
    string,
    unknown
  >;
  if (rest.length > 0) copy[key] = mutate(copy[key], rest, how);
  else if (how % 4 === 0) delete copy[key];
  else if (how % 4 === 1 && Array.isArray(copy)) copy.push(copy[key as never]);
  else copy[key] = MARK;
  return Array.isArray(copy) ? copy.filter((entry) => entry !== undefined) : copy;
}

const mutated = fc
  .record({
    path: fc.constantFrom(...Object.keys(VALID)),
    places: fc.array(fc.tuple(fc.nat(), fc.nat(7)), { minLength: 1, maxLength: 3 }),
    nasty: fc.array(fc.constantFrom(...NASTY), { minLength: 3, maxLength: 3 }),
  })
  .map(({ path, places, nasty }): Call => {
    let body = VALID[path];
    for (const [place, how] of places) {
      const all = paths(body);
      body = mutate(body, all[place % all.length] as Path, how);
    }
    let next = 0;
    const text = JSON.stringify(body).replaceAll(`"${MARK}"`, () => nasty[next++ % 3] as string);
    return { path, body: text };
  });

const headerValue = fc.oneof(
  fc.nat(400).map(String),
  fc.constantFrom('0', '-1', '', 'x', '99999999999', '1e3', ' 4'),
);

const binary = fc
  .record({
    path: fc.constantFrom(...Object.keys(VALID).slice(0, 3)),
    length: headerValue,
    junk: fc.uint8Array({ maxLength: 40 }),
    json: fc.boolean(),
  })
  .map(({ path, length, junk, json }): Call => {
    const head = Buffer.from(json ? JSON.stringify(VALID[path]) : '');
    return {
      path,
      body: Buffer.concat([head, junk]),
      headers: { 'inference-header-content-length': length },
    };
  });

const size = fc.nat(3);

/** Well-formed tensors of sizes and indices that the graph itself may not take. */
const misfits = fc
  .record({
    a: size,
    b: size,
    c: size,
    d: size,
    indices: fc.array(fc.integer({ min: -4, max: 4 })),
  })
  .map(({ a, b, c, d, indices }): Call => {
    const filled = (rows: number, columns: number) => new Array(rows * columns).fill(1);
    const inputs = [
      tensor('x', 'FP32', [a, b], filled(a, b)),
      tensor('y', 'FP32', [c, d], filled(c, d)),
      tensor('i', 'INT64', [indices.length], indices),
    ];
    return { path: '/v2/models/fragile/infer', body: { inputs } };
  });

const anywhere = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', ''),
    segments: fc.array(
      fc.constantFrom(
        'v2',
        'models',
        'mixed',
        'versions',
        '7',
        '8',
        'infer',
        'ready',
        '',
        '..',
        '%00',
        '%',
        'api',
        'v1',
        'endpoints',
        'predictions',
        'invocations',
        'ping',
        'health',
        'live',
        '__proto__',
      ),
      { maxLength: 8 },
    ),
    body: fc.oneof(fc.json(), fc.string(), fc.constantFrom(...NASTY)),
  })
  .map(({ method, segments, body }): Call => ({ method, path: `/${segments.join('/')}`, body }));

function checkForm(path: string, answer: Answer): void {
  const { status, headers } = answer;
  if (status < 400) return;
  const { json } = answer;
  expect(status).toBeLessThan(500);
  if (/^\/v2(\/|$)/.test(path)) {
    expect(json).toEqual({ error: expect.stringMatching(/./) });
    return;
  }
  if (/^\/endpoints(\/|$)/.test(path)) {
    const [error_code, message] = [expect.stringMatching(/^[A-Z_]+$/), expect.any(String)];
    expect(json).toEqual({ error_code, message });
    return;
  }
  expect(headers['content-type']).toBe('application/problem+json');
  expect(json).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) });
}

const answersWell = (calls: fc.Arbitrary<Call>, numRuns: number) =>
  fc.assert(
    fc.asyncProperty(calls, async (one) => checkForm(one.path, await call(one))),
    { numRuns },
  );

describe('the handler', () => {
  it.each(Object.entries(VALID))('answers the valid request to %s', async (path, body) => {
    expect((await call({ path, body })).status).toBe(200);
  });

  it('answers every spoilt request with a 4xx in the right form', async () => {
    await answersWell(mutated, 6_000);
  });

  it('answers binary junk with a 4xx in the right form', async () => {
    await answersWell(binary, 2_000);
  });

  it('answers what only the runtime finds wrong with a 4xx in the right form', async () => {
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(misfits, async (one) => {
        const answer = await call(one);
        statuses.add(answer.status);
        checkForm(one.path, answer);
      }),
      { numRuns: 2_000 },
    );
    expect([...statuses].sort()).toEqual([200, 400]);
  });

  it('answers any method and path with a 4xx in the right form', async () => {
    await answersWell(anywhere, 2_000);
  });

  it('is as good as new afterwards, and left no mark on other objects', async () => {
    for (const [path, body] of Object.entries(VALID)) {
      expect((await call({ path, body })).status).toBe(200);
    }
    expect(({} as Record<string, unknown>).name).toBeUndefined();
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
  });
});
