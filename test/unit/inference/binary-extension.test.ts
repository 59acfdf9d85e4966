import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeBinary, encodeBinary } from '#core/tensors/binary.ts';
import { DATATYPES, type Datatype } from '#core/tensors/datatypes.ts';
import { WIRE_BYTES } from '#core/tensors/tensor.ts';
import { clientOf, serviceOf } from '../../helpers/inference.ts';
import { echoModel } from '../../helpers/tiny-model.ts';

const models = Object.fromEntries(
  DATATYPES.map((datatype) => [
    datatype.toLowerCase(),
    echoModel([{ name: 'x', datatype, shape: ['N'] }]),
  ]),
);
const fixed = echoModel([{ name: 'x', datatype: 'FP32', shape: ['N', 2] }]);
const pair = echoModel([
  { name: 'a', datatype: 'INT16', shape: ['N'] },
  { name: 'b', datatype: 'BYTES', shape: ['N'] },
]);
const open = echoModel([{ name: 'x', datatype: 'FP32', shape: ['N', 'M'] }]);
const call = clientOf(serviceOf({ ...models, fixed, pair, open }));

interface Parts {
  readonly json: unknown;
  readonly binary: Uint8Array;
  readonly length?: string;
}

const send = (endpoint: string, { json, binary, length }: Parts) => {
  const head = Buffer.from(JSON.stringify(json));
  return call({
    path: `/v2/models/${endpoint}/infer`,
    body: Buffer.concat([head, binary]),
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': length ?? String(head.length),
    },
  });
};

const sendRaw = (endpoint: string, bytes: Uint8Array) =>
  call({
    path: `/v2/models/${endpoint}/infer`,
    body: Buffer.from(bytes),
    headers: { 'inference-header-content-length': '0' },
  });

function split({ bytes, headers }: { bytes: Buffer; headers: Readonly<Record<string, unknown>> }) {
  const length = Number(headers['inference-header-content-length']);
  return { json: JSON.parse(bytes.toString('utf8', 0, length)), binary: bytes.subarray(length) };
}

/** Wire bytes of `count` elements, from arbitrary ones. */
function wireBytes(datatype: Datatype, bytes: Uint8Array, count: number): Uint8Array {
  if (datatype === 'BYTES') {
    return encodeBinary(
      'BYTES',
      Array.from({ length: count }, (_, i) => `é${bytes[i] ?? 0}`),
    );
  }
  const size = WIRE_BYTES[datatype] * count;
  const wanted = new Uint8Array(size).map((_, i) => bytes[i % bytes.length] as number);
  return datatype === 'BOOL' ? wanted.map((byte) => byte & 1) : wanted;
}

describe('the binary tensor extension', () => {
  it.each(DATATYPES)('carries %s both ways, byte by byte', async (datatype) => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 64 });
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 9 }), async (seed, count) => {
        const binary = wireBytes(datatype, seed, count);
        const answer = await send(datatype.toLowerCase(), {
          json: {
            inputs: [
              {
                name: 'x',
                datatype,
                shape: [count],
                parameters: { binary_data_size: binary.length },
              },
            ],
            outputs: [{ name: 'x_out', parameters: { binary_data: true } }],
          },
          binary,
        });
        expect(answer.headers['content-type']).toBe('application/octet-stream');
        const { json, binary: back } = split(answer);
        expect(json.outputs).toEqual([
          {
            name: 'x_out',
            datatype,
            shape: [count],
            parameters: { binary_data_size: binary.length },
          },
        ]);
        const values = (wire: Uint8Array) => decodeBinary(datatype, [count], wire, 'x');
        expect(values(back)).toEqual(values(binary));
      }),
      { numRuns: 30 },
    );
  });

  it('mixes with JSON, tensor by tensor', async () => {
    const json = {
      inputs: [
        { name: 'b', datatype: 'BYTES', shape: [2], parameters: { binary_data_size: 10 } },
        { name: 'a', datatype: 'INT16', shape: [2], data: [1, -2] },
      ],
      outputs: [{ name: 'b_out' }, { name: 'a_out', parameters: { binary_data: true } }],
    };
    const answer = await send('pair', { json, binary: encodeBinary('BYTES', ['x', 'y']) });
    const { json: head, binary } = split(answer);
    expect(head.outputs[0]).toEqual({
      name: 'b_out',
      datatype: 'BYTES',
      shape: [2],
      data: ['x', 'y'],
    });
    expect([...binary]).toEqual([1, 0, 254, 255]);
  });

  it('gives all outputs in binary form on request, but those that say otherwise', async () => {
    const inputs = [
      { name: 'a', datatype: 'INT16', shape: [1], data: [1] },
      { name: 'b', datatype: 'BYTES', shape: [1], data: ['x'] },
    ];
    const parameters = { binary_data_output: true };
    const all = await send('pair', { json: { inputs, parameters }, binary: Buffer.alloc(0) });
    expect([...split(all).binary]).toEqual([1, 0, 1, 0, 0, 0, 120]);
    const outputs = [{ name: 'a_out', parameters: { binary_data: false } }, { name: 'b_out' }];
    const one = await send('pair', {
      json: { inputs, parameters, outputs },
      binary: Buffer.alloc(0),
    });
    expect([...split(one).binary]).toEqual([1, 0, 0, 0, 120]);
  });

  it('takes a raw body as the only input and answers in binary form', async () => {
    const bytes = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
    const { json, binary } = split(await sendRaw('fixed', bytes));
    expect(json.outputs[0]).toMatchObject({ shape: [2, 2] });
    expect([...binary]).toEqual([...bytes]);
    const text = split(await sendRaw('bytes', Buffer.from('hé')));
    expect(text.binary.subarray(4).toString()).toBe('hé');
  });

  const a = { name: 'a', datatype: 'INT16', shape: [1], parameters: { binary_data_size: 2 } };
  const b = { name: 'b', datatype: 'BYTES', shape: [1], data: ['x'] };
  it.each([
    [
      'bytes that are missing',
      { json: { inputs: [a, b] }, binary: Buffer.alloc(1) },
      'inputs[0].parameters.binary_data_size: is 2, but only 1 bytes are left',
    ],
    [
      'bytes that nobody wants',
      { json: { inputs: [a, b] }, binary: Buffer.alloc(3) },
      'body: 1 bytes belong to no input',
    ],
    [
      'a length beyond the body',
      { json: { inputs: [a, b] }, binary: Buffer.alloc(2), length: '9999' },
      'Inference-Header-Content-Length: the body has',
    ],
    [
      'a length that is none',
      { json: {}, binary: Buffer.alloc(0), length: '-1' },
      'Inference-Header-Content-Length: must be a number',
    ],
    [
      'a negative size',
      {
        json: { inputs: [{ ...a, parameters: { binary_data_size: -1 } }] },
        binary: Buffer.alloc(2),
      },
      'must be a number of bytes',
    ],
    [
      'data in both forms',
      { json: { inputs: [{ ...a, data: [1] }] }, binary: Buffer.alloc(2) },
      'inputs[0].data: is given in binary form too',
    ],
    [
      'a size that is not the shape’s',
      { json: { inputs: [{ ...a, shape: [2] }, b] }, binary: Buffer.alloc(2) },
      'inputs[0]: has 2 bytes where INT16 [2] takes 4',
    ],
  ])('refuses %s', async (_, parts, message) => {
    const answer = await send('pair', parts);
    expect(answer.status).toBe(400);
    expect(answer.json.error).toContain(message);
  });

  it.each([
    ['fixed', Buffer.alloc(7), 'body: 7 bytes do not fill ["N",2]'],
    ['pair', Buffer.alloc(8), 'exactly one input'],
    ['open', Buffer.alloc(8), 'cannot give the sizes of several axes'],
    ['bytes', Buffer.from([0xff]), 'body: must be UTF-8'],
  ])('refuses a raw body that does not fit %s', async (endpoint, body, message) => {
    const answer = await sendRaw(endpoint, body);
    expect(answer.status).toBe(400);
    expect(answer.json.error).toContain(message);
  });
});
