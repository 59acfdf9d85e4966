import { describe, expect, it } from '@jest/globals';
import { DATATYPES } from '#core/tensors/datatypes.ts';
import type { HttpEvent } from '#shared/http.ts';
import sample from '../../../events/inference/infer.json' with { type: 'json' };
import { lambdaHost } from '../../../functions/inference/realtime/lambda-host.ts';
import { clientOf, serviceOf } from '../../helpers/inference.ts';
import { echoModel, tinyModel } from '../../helpers/tiny-model.ts';

const every = echoModel(
  DATATYPES.map((datatype) => ({ name: datatype.toLowerCase(), datatype, shape: ['N'] })),
);
const image = echoModel([{ name: 'image', datatype: 'FP32', shape: ['N', 2, 2] }]);
const words = echoModel([{ name: 'words', datatype: 'BYTES', shape: [1] }]);
const bounded = echoModel([{ name: 'x', datatype: 'FP32', shape: ['N', 2] }]);
const pair = echoModel([
  { name: 'a', datatype: 'INT64', shape: ['N'] },
  { name: 'b', datatype: 'FP32', shape: ['N', 1] },
]);
bounded.signature.features = [
  { name: 'age', type: 'number', input: 'x', column: 0, min: 0, max: 120, nullable: false },
  { name: 'height', type: 'number', input: 'x', column: 1, nullable: false },
];
const matmul = {
  model: tinyModel({
    nodes: [{ operator: 'MatMul', inputs: ['a', 'b'], outputs: ['c'] }],
    inputs: [
      { name: 'a', datatype: 'FP32', shape: ['m', 'k'] },
      { name: 'b', datatype: 'FP32', shape: ['l', 'n'] },
    ],
    outputs: [{ name: 'c', datatype: 'FP32', shape: ['m', 'n'] }],
  }),
  signature: {
    inputs: [
      { name: 'a', datatype: 'FP32' as const, shape: ['m', 'k'] },
      { name: 'b', datatype: 'FP32' as const, shape: ['l', 'n'] },
    ],
    outputs: [{ name: 'c', datatype: 'FP32' as const, shape: ['m', 'n'] }],
  },
};
const bfloat = echoModel([{ name: 'x', datatype: 'BF16', shape: ['N'] }]);
const broken = {
  model: tinyModel({
    nodes: [{ operator: 'NoSuchOperator', inputs: ['x'], outputs: ['y'] }],
    inputs: [{ name: 'x', datatype: 'FP32', shape: ['N'] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: ['N'] }],
  }),
  signature: {
    inputs: [{ name: 'x', datatype: 'FP32' as const, shape: ['N'] }],
    outputs: [{ name: 'y', datatype: 'FP32' as const, shape: ['N'] }],
  },
};

const lines: string[] = [];
const service = serviceOf({ every, image, words, bounded, pair, matmul, bfloat, broken });
const call = clientOf(service, lines);
const infer = (endpoint: string, body: unknown, headers = {}) =>
  call({ path: `/v2/models/${endpoint}/infer`, body, headers });

const VALUES: Record<string, readonly [unknown, unknown]> = {
  BOOL: [true, false],
  FP16: [1.5, -65504],
  BF16: [1.5, 100],
  FP32: [0.5, 3e38],
  FP64: [0.1, 1e300],
  BYTES: ['é', ''],
  UINT64: ['18446744073709551615', '0'],
  INT64: ['-9223372036854775808', '9007199254740993'],
};
const valuesOf = (datatype: string) => VALUES[datatype] ?? [1, 100];
/** Strings of digits stand for integers that only text can hold. */
const unquote = (text: string) => text.replace(/"(-?\d+)"/g, '$1');

const inputsOf = (datatypes: readonly string[]) =>
  datatypes.map((datatype) => ({
    name: datatype.toLowerCase(),
    datatype,
    shape: [2],
    data: valuesOf(datatype),
  }));

describe('the server', () => {
  it('says what it is and that it lives, without a token only the latter', async () => {
    const server = await call({ method: 'GET', path: '/v2' });
    expect(server.json).toMatchObject({ name: 'skiff', extensions: ['binary_tensor_data'] });
    const live = await call({ method: 'GET', path: '/v2/health/live', scopes: '' });
    expect(live.json).toEqual({ live: true });
    const ready = await call({ method: 'GET', path: '/v2/health/ready', scopes: '' });
    expect(ready.json).toEqual({ ready: true });
    expect((await call({ method: 'GET', path: '/v2', scopes: '' })).status).toBe(401);
  });

  it.each(['', 'read', 'read deploy'])('refuses the scopes "%s"', async (scopes) => {
    const answer = await call({ path: '/v2/models/pair/infer', body: {}, scopes });
    expect(answer.status).toBe(scopes === '' ? 401 : 403);
    expect(answer.json).toEqual({ error: expect.any(String) });
  });

  it.each(['admin', 'read predict'])('takes the scopes "%s"', async (scopes) => {
    const answer = await call({ method: 'GET', path: '/v2/models/pair', scopes });
    expect(answer.status).toBe(200);
  });

  it.each([
    ['GET', '/v2/nothing', 404],
    ['GET', '/v2/health/live/x', 404],
    ['GET', '/v2/models/pair/stats', 404],
    ['GET', '/v2/models/pair/infer', 405],
    ['POST', '/v2/models/pair', 405],
    ['POST', '/v2', 405],
    ['GET', '/v2/models/%2e%2e%2f/ready', 404],
    ['GET', '/v2/models/%E0%A4%A/ready', 404],
    ['GET', '/v2/models/pair/versions/7/ready/x', 404],
  ])('%s %s is %d in the form of the protocol', async (method, path, status) => {
    const answer = await call({ method, path });
    expect(answer.status).toBe(status);
    expect(answer.json).toEqual({ error: expect.any(String) });
  });
});

describe('a model', () => {
  it('describes itself, axes without a fixed size as -1', async () => {
    const answer = await call({ method: 'GET', path: '/v2/models/image' });
    expect(answer.json).toEqual({
      name: 'image',
      versions: ['7'],
      platform: 'onnx_onnxv1',
      inputs: [{ name: 'image', datatype: 'FP32', shape: [-1, 2, 2] }],
      outputs: [{ name: 'image_out', datatype: 'FP32', shape: [-1, 2, 2] }],
    });
  });

  it('is ready once it is loaded, and says why where it cannot be', async () => {
    const ready = await call({ method: 'GET', path: '/v2/models/image/versions/7/ready' });
    expect(ready.json).toEqual({ name: 'image', ready: true });
    const not = await call({ method: 'GET', path: '/v2/models/broken/ready' });
    expect(not.status).toBe(503);
    expect(not.json).toMatchObject({
      ready: false,
      reason: expect.stringContaining('NoSuchOperator'),
    });
  });

  it('answers under the version that the endpoint serves, and no other', async () => {
    const served = await call({ method: 'GET', path: '/v2/models/image/versions/7' });
    expect(served.status).toBe(200);
    const other = await call({ method: 'GET', path: '/v2/models/image/versions/8' });
    expect(other.status).toBe(404);
    expect(other.json.error).toContain('only 7');
  });

  it('is not there where no endpoint is', async () => {
    const answer = await infer('nobody', {});
    expect(answer.status).toBe(404);
    expect(answer.json.error).toContain('there is no endpoint "nobody"');
  });
});

describe('infer', () => {
  it('gives back every datatype, exactly', async () => {
    const inputs = inputsOf(DATATYPES);
    const answer = await infer('every', unquote(JSON.stringify({ id: 'my id', inputs })));
    const outputs = inputs.map(({ name, datatype, shape, data }) =>
      JSON.stringify({ name: `${name}_out`, datatype, shape, data }),
    );
    const expected = `{"model_name":"every","model_version":"7","id":"my id","outputs":[${unquote(outputs.join())}]}`;
    expect(answer.status).toBe(200);
    expect(answer.text.replace('3.0000000054977558e+38', '3e+38')).toBe(expected);
  });

  it('names version, revision, request and prediction in headers', async () => {
    const { headers } = await infer('words', {
      inputs: [{ name: 'words', datatype: 'BYTES', shape: [1], data: ['a'] }],
    });
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-request-id': 'request-1',
      'x-skiff-endpoint-revision': '3',
      'x-skiff-model-version': '7',
      'x-skiff-prediction-id': expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}\.words\.3\.default$/),
      'x-skiff-variant': 'default',
    });
  });

  it('takes over a request id that is harmless, and only that', async () => {
    const own = await infer('words', {}, { 'x-request-id': 'mine-1' });
    expect(own.headers['x-request-id']).toBe('mine-1');
    const bad = await infer('words', {}, { 'x-request-id': 'a"b\n' });
    expect(bad.headers['x-request-id']).toBe('request-1');
  });

  it('answers the outputs asked for, in their order', async () => {
    const inputs = [
      { name: 'b', datatype: 'FP32', shape: [1, 1], data: [2] },
      { name: 'a', datatype: 'INT64', shape: [1], data: [1] },
    ];
    const outputs = [{ name: 'b_out' }, { name: 'a_out' }];
    const both = await infer('pair', { inputs, outputs });
    expect(both.json.outputs.map(({ name }: { name: string }) => name)).toEqual(['b_out', 'a_out']);
    const one = await infer('pair', { inputs, outputs: [{ name: 'a_out' }] });
    expect(one.json.outputs).toEqual([{ name: 'a_out', datatype: 'INT64', shape: [1], data: [1] }]);
  });

  it('reads a tensor without rows', async () => {
    const answer = await infer('image', {
      inputs: [{ name: 'image', datatype: 'FP32', shape: [0, 2, 2], data: [] }],
    });
    expect(answer.json.outputs[0]).toMatchObject({ shape: [0, 2, 2], data: [] });
  });

  it('gives what was registered of columns the last word', async () => {
    const send = (data: unknown[]) =>
      infer('bounded', { inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 2], data }] });
    expect((await send([1, 2, 120, 1e9])).status).toBe(200);
    expect((await send([1, 2, 121, 2])).json.error).toBe(
      'inputs[0].data[2]: "age" must be between 0 and 120',
    );
    expect((await send([1, 2, 3, null])).json.error).toBe(
      'inputs[0].data[3]: "height" must not be missing',
    );
  });

  const a = { name: 'a', datatype: 'INT64', shape: [1], data: [1] };
  const b = { name: 'b', datatype: 'FP32', shape: [1, 1], data: [1] };
  it.each([
    ['no JSON', '{"inputs": [NaN]}', 'the body is not JSON'],
    ['no object', '[]', 'the body must be a JSON object'],
    ['no inputs', {}, 'inputs: must be an array'],
    ['a missing input', { inputs: [a] }, 'inputs: missing: b'],
    ['an input twice', { inputs: [a, a] }, 'inputs[1].name: is given twice'],
    [
      'an unknown input',
      { inputs: [{ ...a, name: 'z' }] },
      'inputs[0].name: must be an input of the model: a, b',
    ],
    ['a name that is in every object', { inputs: [{ ...a, name: '__proto__' }] }, 'inputs[0].name'],
    [
      'another datatype',
      { inputs: [{ ...a, datatype: 'INT32' }] },
      'inputs[0].datatype: must be INT64 for "a"',
    ],
    ['another rank', { inputs: [{ ...a, shape: [1, 1] }] }, 'inputs[0].shape: has 2 axes'],
    [
      'rows that disagree',
      { inputs: [a, { ...b, shape: [2, 1], data: [1, 2] }] },
      'inputs[1].shape[0]: is 2, but axis "N" is 1',
    ],
    ['values that are too few', { inputs: [{ ...a, data: [] }] }, 'inputs[0].data: has 0 values'],
    ['no data', { inputs: [{ ...a, data: undefined }] }, 'inputs[0].data: must be an array'],
    ['a number as id', { id: 4, inputs: [a, b] }, 'id: must be a string'],
    ['parameters as list', { parameters: [], inputs: [a, b] }, 'parameters: must be an object'],
    [
      'an unknown output',
      { inputs: [a, b], outputs: [{ name: 'c' }] },
      'outputs[0].name: must be an output of the model: a_out, b_out',
    ],
    [
      'an output twice',
      { inputs: [a, b], outputs: [{ name: 'a_out' }, { name: 'a_out' }] },
      'outputs[1].name: is given twice',
    ],
    ['outputs as object', { inputs: [a, b], outputs: {} }, 'outputs: must be an array'],
    [
      'binary data without its header',
      { inputs: [{ ...a, data: undefined, parameters: { binary_data_size: 8 } }] },
      'needs the header',
    ],
    [
      'a flag that is none',
      { inputs: [a, b], parameters: { binary_data_output: 1 } },
      'parameters.binary_data_output: must be true or false',
    ],
  ])('refuses %s, naming the field', async (_, body, message) => {
    const answer = await infer('pair', body);
    expect(answer.status).toBe(400);
    expect(answer.json.error).toContain(message);
  });

  it('blames the input where the runtime cannot run on it, without naming its sources', async () => {
    const tensor = (name: string, shape: number[], data: number[]) => ({
      name,
      datatype: 'FP32',
      shape,
      data,
    });
    const answer = await infer('matmul', {
      inputs: [tensor('a', [1, 2], [1, 2]), tensor('b', [3, 1], [1, 2, 3])],
    });
    expect(answer.status).toBe(400);
    expect(answer.json.error).toContain('the model cannot run on them');
    expect(answer.json.error).not.toMatch(/onnxruntime_src|\.cc|\.h:/);
  });

  it('refuses a model that the runtime cannot load as what it is', async () => {
    const answer = await infer('broken', {
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1], data: [1] }],
    });
    expect(answer.status).toBe(422);
    expect(answer.json.error).toContain('the runtime cannot load the model: ');
  });

  it('rounds BF16 to its own precision', async () => {
    const answer = await infer('bfloat', {
      inputs: [{ name: 'x', datatype: 'BF16', shape: [2], data: [0.1, null] }],
      outputs: [{ name: 'x_out' }],
    });
    expect(answer.json.outputs).toEqual([
      { name: 'x_out', datatype: 'BF16', shape: [2], data: [0.10009765625, null] },
    ]);
    const rows = await call({
      path: '/api/v1/endpoints/bfloat/predictions',
      body: { rows: [{ x: 0.1 }] },
    });
    expect(rows.json.predictions[0].outputs).toEqual({ x_out: 0.10009765625 });
  });
});

describe('the sample of events/', () => {
  it('is answered', async () => {
    const { signature, model } = echoModel([{ name: 'X', datatype: 'FP32', shape: ['N', 2] }]);
    const handler = lambdaHost(serviceOf({ fraud: { signature, model } }), () => {});
    expect(await handler(sample as unknown as HttpEvent)).toMatchObject({ statusCode: 200 });
  });
});

describe('limits', () => {
  const limits = { maxBodyBytes: 300, maxAnswerBytes: 400, maxRows: 3 };
  const limited = clientOf(serviceOf({ pair, words }, { limits }));
  const send = (rows: number) =>
    limited({
      path: '/v2/models/pair/infer',
      body: {
        inputs: [
          { name: 'a', datatype: 'INT64', shape: [rows], data: new Array(rows).fill(1) },
          { name: 'b', datatype: 'FP32', shape: [rows, 1], data: new Array(rows).fill(1) },
        ],
      },
    });

  it.each([
    [4, '4 rows, at most 3'],
    [100, 'the body has'],
  ])('answer %d rows with 413 and the way out', async (rows, message) => {
    const answer = await send(rows);
    expect(answer.status).toBe(413);
    expect(answer.json.error).toContain(message);
    expect(answer.json.error).toContain('batch');
    expect((await send(3)).status).toBe(200);
  });

  const tight = clientOf(serviceOf({ words }, { limits: { ...limits, maxBodyBytes: 10_000 } }));
  const echoCall = (text: string, binary: boolean) => ({
    path: '/v2/models/words/infer',
    body: {
      inputs: [{ name: 'words', datatype: 'BYTES', shape: [1], data: [text] }],
      outputs: [{ name: 'words_out', parameters: { binary_data: binary } }],
    },
  });

  it.each([
    ['plain characters', 'x', false],
    ['characters of three bytes', '€', false],
    ['quotes, escaped on their way', '"', false],
    ['bytes, as base64', 'x', true],
  ])('hold for answers as Lambda carries them: %s', async (_, character, binary) => {
    const statuses = new Set<number>();
    for (let count = 0; count < 300; count++) {
      const one = echoCall(character.repeat(count), binary);
      const { text, bytes } = await call(one);
      const carried = binary ? bytes.toString('base64') : JSON.stringify(text).slice(1, -1);
      const { status } = await tight(one);
      expect(status).toBe(Buffer.byteLength(carried) <= limits.maxAnswerBytes ? 200 : 413);
      statuses.add(status);
    }
    expect(statuses.size).toBe(2);
  });
});

describe('the metric line', () => {
  it('says what was done and nothing of the values', async () => {
    lines.length = 0;
    await infer(
      'bounded',
      { inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 2], data: [41, 170, 42, 171] }] },
      { 'x-amzn-trace-id': 'Root=1-abc-def;Sampled=1' },
    );
    expect(lines).toHaveLength(1);
    const line = JSON.parse(lines[0] as string);
    expect(line).toMatchObject({
      Endpoint: 'bounded',
      ModelVersion: 'm:7',
      Predictions: 1,
      Rows: 2,
      Errors: 0,
      'http.request.id': 'request-1',
      'http.response.status_code': 200,
      'trace.id': '1-abc-def',
      'event.dataset': 'skiff.predictions',
    });
    expect(new Date(line['@timestamp']).getTime()).toBe(line._aws.Timestamp);
    for (const { Name } of line._aws.CloudWatchMetrics[0].Metrics) {
      expect(line[Name]).toEqual(expect.any(Number));
    }
    for (const name of line._aws.CloudWatchMetrics[0].Dimensions.flat()) {
      expect(line[name]).toEqual(expect.any(String));
    }
    expect(lines[0]).not.toMatch(/170|171/);
  });

  it('is there for a refused request, and not for a name that anyone may make up', async () => {
    lines.length = 0;
    await infer('bounded', {});
    await infer('nobody-at-all', {});
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] as string)).toMatchObject({
      Predictions: 0,
      Errors: 0,
      'http.response.status_code': 400,
    });
  });

  it('counts our own failures, which the answer does not explain', async () => {
    const own: string[] = [];
    const broken = serviceOf({ pair }, { fetchArtifact: async () => Buffer.from('other bytes') });
    const body = {
      inputs: [
        { name: 'a', datatype: 'INT64', shape: [1], data: [1] },
        { name: 'b', datatype: 'FP32', shape: [1, 1], data: [1] },
      ],
    };
    const answer = await clientOf(broken, own)({ path: '/v2/models/pair/infer', body });
    expect(answer.status).toBe(500);
    expect(answer.json.error).toBe('something failed on our side; quote the request id request-1');
    expect(JSON.parse(own.at(-1) as string)).toMatchObject({ Errors: 1, Predictions: 0 });
  });
});
