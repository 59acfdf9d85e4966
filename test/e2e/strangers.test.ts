import { beforeAll, describe, expect, it } from '@jest/globals';
import { upload } from '../../local/api-client.ts';
import { addModel, graph, model, node, tensor, value } from '../helpers/onnx-builder.ts';
import { api, force, stack, UNEXAMINED, unique, writeUnexaminedPolicy } from '../helpers/stack.ts';

/** Element types of ONNX. */
const [FLOAT, INT64, STRING, BOOL, FLOAT16] = [1, 7, 8, 9, 10];

beforeAll(writeUnexaminedPolicy);

async function newModel(): Promise<string> {
  const name = unique('stranger');
  await api.call('POST', '/api/v1/models', { body: { name, task: 'other', policy: UNEXAMINED } });
  return name;
}

async function serve(name: string): Promise<void> {
  const body = { variants: [{ model: name, version: 1 }], force };
  await api.call('PUT', `/api/v1/endpoints/${name}`, { body });
}

async function deployInline(bytes: Uint8Array, more: object = {}): Promise<string> {
  const name = await newModel();
  const artifact = { base64: Buffer.from(bytes).toString('base64') };
  await api.call('POST', `/api/v1/models/${name}/versions`, { body: { artifact, ...more } });
  await serve(name);
  return name;
}

/** The body as text, because JSON.stringify has no integers beyond 2^53. */
async function infer(name: string, body: string | Buffer, headers: Record<string, string> = {}) {
  const response = await fetch(`${stack().apiUrl}/v2/models/${name}/infer`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${stack().token}`,
      'content-type': 'application/json',
      ...headers,
    },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  };
}

describe('a model of several inputs and datatypes', () => {
  let name: string;
  beforeAll(async () => {
    const values: [string, number][] = [
      ['text', STRING],
      ['count', INT64],
      ['flag', BOOL],
      ['half', FLOAT16],
    ];
    const edges = (suffix: string) =>
      values.map(([n, type]) => value(n + suffix, type, ['n', 'k']));
    const nodes = values.map(([n]) => node('Identity', [n], [`${n}_out`]));
    name = await deployInline(model(graph({ nodes, inputs: edges(''), outputs: edges('_out') })));
  });

  it('answers every value as it came: text, integers beyond 2^53, truth values, half floats', async () => {
    const body = `{"id":"me","inputs":[
      {"name":"text","shape":[1,2],"datatype":"BYTES","data":["ä\\n","日本"]},
      {"name":"count","shape":[1,2],"datatype":"INT64","data":[9007199254740993,-9223372036854775808]},
      {"name":"flag","shape":[1,2],"datatype":"BOOL","data":[[true,false]]},
      {"name":"half","shape":[1,2],"datatype":"FP16","data":[0.5,-2]}]}`;
    const { status, bytes } = await infer(name, body);
    const text = bytes.toString('utf8');
    expect([status, text]).toEqual([
      200,
      expect.stringContaining('[9007199254740993,-9223372036854775808]'),
    ]);
    const { id, outputs } = JSON.parse(text);
    expect(id).toBe('me');
    expect(
      outputs.map((o: { data: unknown }) => o.data).filter((_: unknown, i: number) => i !== 1),
    ).toEqual([
      ['ä\n', '日本'],
      [true, false],
      [0.5, -2],
    ]);
  });

  it('tells its inputs, with -1 where a size is free', async () => {
    const metadata = await api.call('GET', `/v2/models/${name}`);
    expect(metadata).toMatchObject({ name, versions: ['1'], platform: 'onnx_onnxv1' });
    expect(metadata.inputs[1]).toEqual({ name: 'count', datatype: 'INT64', shape: [-1, -1] });
    expect(await api.call('GET', `/v2/models/${name}/versions/1/ready`)).toMatchObject({
      ready: true,
    });
    expect((await api.request('GET', `/v2/models/${name}/versions/2`)).status).toBe(404);
    expect((await api.request('GET', '/v2/models/nobody')).status).toBe(404);
  });

  it('names what does not fit', async () => {
    const answer = await api.request('POST', `/v2/models/${name}/infer`, { body: { inputs: [] } });
    expect([answer.status, answer.body.error]).toEqual([400, expect.stringContaining('text')]);
  });
});

describe('the binary tensor extension', () => {
  it('takes and gives raw tensors', async () => {
    const name = await deployInline(addModel());
    const json = JSON.stringify({
      parameters: { binary_data_output: true },
      inputs: [{ name: 'x', shape: [1, 2], datatype: 'FP32', parameters: { binary_data_size: 8 } }],
    });
    const body = Buffer.concat([Buffer.from(json), Buffer.from(new Float32Array([10, 20]).buffer)]);
    const { status, headers, bytes } = await infer(name, body, {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': `${json.length}`,
    });
    expect(status).toBe(200);
    const length = Number(headers.get('inference-header-content-length'));
    expect(JSON.parse(bytes.subarray(0, length).toString()).outputs[0].parameters).toEqual({
      binary_data_size: 8,
    });
    expect([bytes.readFloatLE(length), bytes.readFloatLE(length + 4)]).toEqual([11, 22]);
  });
});

describe('weights in a companion file', () => {
  it('are embedded, and compute the same', async () => {
    const bytes = addModel({ external: { location: 'w.data', offset: '8', length: '8' } });
    const weights = Buffer.from(new Float32Array([9, 9, 1, 2]).buffer).toString('base64');
    const externalData = [{ location: 'w.data', source: { base64: weights } }];
    const name = await deployInline(bytes, { externalData });
    const body = JSON.stringify({
      inputs: [{ name: 'x', shape: [1, 2], datatype: 'FP32', data: [10, 20] }],
    });
    expect(JSON.parse((await infer(name, body)).bytes.toString()).outputs[0].data).toEqual([
      11, 22,
    ]);
    const version = await api.call('GET', `/api/v1/models/${name}/versions/1`);
    expect(version.artifact.changes[0]).toContain('w.data');
  });
});

describe('a model of 50 MB', () => {
  it('is registered by a function of its own, and predicts', async () => {
    const width = 3620;
    const weights = new Float32Array(width * width).fill(0.5);
    const raw = new Uint8Array(weights.buffer);
    const edge = (n: string) => [value(n, FLOAT, [-1, width])];
    const initializers = [tensor({ name: 'w', dims: [width, width], raw })];
    const bytes = model(
      graph({
        nodes: [node('MatMul', ['x', 'w'], ['y'])],
        initializers,
        inputs: edge('x'),
        outputs: edge('y'),
      }),
    );
    expect(bytes.length).toBeGreaterThan(50e6);
    const name = await newModel();
    const uploadId = await upload(stack(), new Uint8Array(bytes));
    const accepted = await api.request('POST', `/api/v1/models/${name}/versions`, {
      body: { artifact: { uploadId } },
    });
    expect(accepted.status).toBe(202);
    let registration = accepted.body;
    for (let i = 0; i < 120 && registration.status === 'running'; i++) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      registration = await api.call('GET', accepted.headers.get('location') as string);
    }
    expect(registration).toMatchObject({ status: 'succeeded', version: 1 });
    await serve(name);
    const data = Array.from({ length: width }, (_, i) => (i === 0 ? 2 : 0));
    const body = JSON.stringify({
      inputs: [{ name: 'x', shape: [1, width], datatype: 'FP32', data }],
    });
    const answer = await infer(name, body);
    expect(JSON.parse(answer.bytes.toString()).outputs[0].data.slice(0, 3)).toEqual([1, 1, 1]);
  });
});

describe('rows', () => {
  it('are refused by the name of the column', async () => {
    const features = [
      { name: 'a', min: 0, max: 10 },
      { name: 'b', nullable: true },
    ];
    const name = await deployInline(addModel(), { signature: { features } });
    const predict = (rows: unknown) =>
      api.request('POST', `/api/v1/endpoints/${name}/predictions`, { body: { rows } });
    const good = await predict([{ a: 1, b: 2 }]);
    expect([good.status, good.body.predictions]).toEqual([
      200,
      [expect.objectContaining({ predictionId: expect.any(String) })],
    ]);
    expect((await predict([{ a: 1 }])).status).toBe(200);
    for (const [rows, words] of [
      [[{ a: 11, b: 2 }], 'rows[0].a'],
      [
        [
          { a: 1, b: 2 },
          { a: 'x', b: 2 },
        ],
        'rows[1].a',
      ],
      [[{ b: 2 }], 'a'],
      [[{ a: 1, b: 2, c: 3 }], 'c'],
      [[], 'rows'],
      ['x', 'rows'],
    ] as const) {
      const { status, body } = await predict(rows);
      expect([status, body.detail]).toEqual([400, expect.stringContaining(words)]);
    }
  });
});
