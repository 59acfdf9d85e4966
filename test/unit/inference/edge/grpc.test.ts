import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytesField, concat, textField, varintField } from '#core/onnx/protobuf.ts';
import { readInferRequest } from '../../../../functions/inference/grpc/messages.ts';
import { makeBundle } from '../../../helpers/bundle.ts';
import { ask, edgeFarm } from '../../../helpers/edge.ts';
import { failureOf, grpcClient } from '../../../helpers/grpc-client.ts';
import { echoModel } from '../../../helpers/tiny-model.ts';

const TYPES = [
  ['BOOL', 'bool_contents', [true, false], [1, 0]],
  ['INT8', 'int_contents', [-128, 127], undefined],
  ['INT16', 'int_contents', [-32_768, 32_767], undefined],
  ['INT32', 'int_contents', [-(2 ** 31), 2 ** 31 - 1], undefined],
  ['INT64', 'int64_contents', ['-9223372036854775808', '9007199254740993'], undefined],
  ['UINT8', 'uint_contents', [0, 255], undefined],
  ['UINT16', 'uint_contents', [0, 65_535], undefined],
  ['UINT32', 'uint_contents', [0, 2 ** 32 - 1], undefined],
  ['UINT64', 'uint64_contents', ['0', '18446744073709551615'], undefined],
  ['FP32', 'fp32_contents', [0.5, Math.fround(-1e30)], undefined],
  ['FP64', 'fp64_contents', [0.1, -1e300], undefined],
  ['BYTES', 'bytes_contents', [Buffer.from('ä\n'), Buffer.from('日本')], undefined],
] as const;

const edges = TYPES.map(([datatype]) => ({
  ...{ name: datatype.toLowerCase(), datatype, shape: ['n'] as string[] },
}));
const model = echoModel([...edges, { name: 'fp16', datatype: 'FP16' as const, shape: ['n'] }]);
const plain = echoModel([{ name: 'x', datatype: 'FP32', shape: ['n', 2] }]);
const farm = edgeFarm();
let all: ReturnType<typeof grpcClient>;
let typed: ReturnType<typeof grpcClient>;
let one: ReturnType<typeof grpcClient>;
let url: string;

beforeAll(async () => {
  const [first, second, third] = [farm.newFolder(), farm.newFolder(), farm.newFolder()];
  const echo = farm.put(third, 'b.tar', makeBundle('typed', echoModel(edges)));
  typed = grpcClient((await farm.start(third, { SKIFF_EDGE_BUNDLE: echo })).grpc);
  const path = farm.put(first, 'b.tar', makeBundle('all', model));
  all = grpcClient((await farm.start(first, { SKIFF_EDGE_BUNDLE: path })).grpc);
  const other = farm.put(second, 'b.tar', makeBundle('one', plain));
  const started = await farm.start(second, { SKIFF_EDGE_BUNDLE: other });
  one = grpcClient(started.grpc);
  url = started.url;
});
afterAll(async () => {
  all.close();
  typed.close();
  one.close();
  await farm.end();
});

const request = (values: number[], more: object = {}) => ({
  ...{ model_name: 'one', id: 'mine' },
  inputs: [
    {
      name: 'x',
      datatype: 'FP32',
      shape: [values.length / 2, 2],
      contents: { fp32_contents: values },
    },
  ],
  ...more,
});
const raw = (values: number[]) => Buffer.from(Float32Array.from(values).buffer);

describe('a message that is none', () => {
  const infer = (...fields: Uint8Array[]) => readInferRequest(concat(fields));
  const input = (datatype: string, size: number, contents: Uint8Array) =>
    bytesField(
      5,
      concat([
        ...[textField(1, 'x'), textField(2, datatype), varintField(3, size)],
        bytesField(5, contents),
      ]),
    );
  const doubleAs = (value: Uint8Array) =>
    bytesField(4, concat([textField(1, 'p'), bytesField(2, value)]));
  const cases: [string, () => unknown, string][] = [
    [
      'contents that break off',
      () => infer(input('FP32', 1, Uint8Array.of(6 * 8 + 2, 100, 1))),
      'is not what the protocol defines',
    ],
    [
      'numbers where texts belong',
      () => infer(input('BYTES', 1, varintField(8, 1))),
      'is not what the protocol defines',
    ],
    [
      'a double of another kind',
      () => infer(doubleAs(varintField(4, 1))),
      'a parameter is no double',
    ],
    [
      'more numbers than its shape has, in several lists',
      () => {
        const list = bytesField(2, new Uint8Array(3));
        return infer(input('INT32', 5, concat([list, list])));
      },
      'inputs[0].contents: are more than 5 values',
    ],
    [
      'more floats than its shape has',
      () => infer(input('FP32', 1, bytesField(6, new Uint8Array(8)))),
      'inputs[0].contents: are more than 1 values',
    ],
    [
      'so many numbers that they have to come raw',
      () => infer(input('INT32', 2e6, bytesField(2, new Uint8Array(1_000_001)))),
      'inputs[0].contents: are more than 1000000 values',
    ],
  ];
  it.each(cases)('with %s is refused as wrong', (_, read, words) => {
    expect(read).toThrow(expect.objectContaining({ code: 'invalid' }));
    expect(read).toThrow(words);
  });
});

describe('the Open Inference Protocol over gRPC, spoken by a client made from its definitions', () => {
  it('tells of the server and of its models', async () => {
    expect(await one.call('ServerLive')).toEqual({ live: true });
    expect(await one.call('ServerReady')).toEqual({ ready: true });
    expect(await one.call('ServerMetadata')).toMatchObject({ name: 'skiff' });
    expect(await one.call('ModelReady', { name: 'one' })).toEqual({ ready: true });
    expect(await one.call('ModelReady', { name: 'one', version: '7' })).toEqual({ ready: true });
    expect(await one.call('ModelMetadata', { name: 'one' })).toEqual({
      ...{ name: 'one', versions: ['7'], platform: 'onnx_onnxv1' },
      inputs: [{ name: 'x', datatype: 'FP32', shape: ['-1', '2'] }],
      outputs: [{ name: 'x_out', datatype: 'FP32', shape: ['-1', '2'] }],
    });
  });

  it('answers values of every type as they came, in fields of their types', async () => {
    const inputs = TYPES.map(([datatype, field, values]) => ({
      ...{ name: datatype.toLowerCase(), datatype, shape: [2], contents: { [field]: values } },
    }));
    const { outputs, raw_output_contents: raws } = await typed.call('ModelInfer', {
      ...{ model_name: 'typed', inputs },
    });
    expect(raws).toEqual([]);
    for (const [i, [datatype, field, values]] of TYPES.entries()) {
      expect(outputs[i]).toMatchObject({ datatype, shape: ['2'] });
      expect(outputs[i].contents[field]).toEqual(values);
    }
  });

  it('takes 16-bit floats raw only, as the protocol says', async () => {
    const half = { name: 'fp16', datatype: 'FP16', shape: [1], contents: { fp32_contents: [1] } };
    const inputs = [
      ...TYPES.map(([datatype]) => ({ name: datatype.toLowerCase(), datatype })),
      half,
    ];
    expect(await failureOf(all.call('ModelInfer', { model_name: 'all', inputs }))).toEqual([
      status.INVALID_ARGUMENT,
      'inputs[12].contents: FP16 has raw contents only',
    ]);
  });

  it('answers raw contents with raw contents, of every type to the last bit', async () => {
    const bytesOf = (datatype: string, values: readonly unknown[]): Buffer => {
      if (datatype === 'BYTES') {
        return Buffer.concat(
          (values as Buffer[]).map((text) =>
            Buffer.concat([Buffer.from(Uint32Array.of(text.length).buffer), text]),
          ),
        );
      }
      const stores: Record<string, any> = {
        ...{ BOOL: Uint8Array, INT8: Int8Array, INT16: Int16Array, INT32: Int32Array },
        ...{ UINT8: Uint8Array, UINT16: Uint16Array, UINT32: Uint32Array },
        ...{ FP32: Float32Array, FP64: Float64Array },
        ...{ INT64: BigInt64Array, UINT64: BigUint64Array },
      };
      const store = stores[datatype];
      return Buffer.from(
        store.from(
          datatype.endsWith('64') && datatype !== 'FP64'
            ? values.map((v) => BigInt(v as string))
            : values,
        ).buffer,
      );
    };
    const inputs = TYPES.map(([datatype]) => ({
      ...{ name: datatype.toLowerCase(), datatype, shape: [2] },
    }));
    const contents = TYPES.map(([datatype, , values, stored]) =>
      bytesOf(datatype, stored ?? values),
    );
    const halves = Buffer.from(Uint16Array.of(0x3800, 0xc000).buffer);
    const answer = await all.call('ModelInfer', {
      model_name: 'all',
      inputs: [...inputs, { name: 'fp16', datatype: 'FP16', shape: [2] }],
      raw_input_contents: [...contents, halves],
    });
    expect(answer.raw_output_contents).toEqual([...contents, halves]);
    expect(answer.outputs.map((o: { datatype: string }) => o.datatype)).toEqual([
      ...TYPES.map(([datatype]) => datatype),
      'FP16',
    ]);
  });

  it('answers what it answers over HTTP', async () => {
    const finite = fc.double({ min: -1e30, max: 1e30, noNaN: true });
    await fc.assert(
      fc.asyncProperty(fc.array(finite, { minLength: 2, maxLength: 20 }), async (given) => {
        const values = given.slice(0, given.length & ~1).map((v) => Math.fround(v) + 0);
        const shape = [values.length / 2, 2];
        const [values32, bytes, http] = await Promise.all([
          one.call('ModelInfer', request(values)),
          one.call('ModelInfer', {
            ...{ model_name: 'one', inputs: [{ name: 'x', datatype: 'FP32', shape }] },
            raw_input_contents: [raw(values)],
          }),
          ask(`${url}/v2/models/one/infer`, {
            inputs: [{ name: 'x', datatype: 'FP32', shape, data: values }],
          }),
        ]);
        expect(values32.id).toBe('mine');
        expect(raw(values32.outputs[0].contents.fp32_contents)).toEqual(raw(values));
        expect(bytes.raw_output_contents).toEqual([raw(values)]);
        expect(raw(http.json.outputs[0].data)).toEqual(raw(values));
        expect(bytes.outputs[0]).toMatchObject({ name: 'x_out', shape: shape.map(String) });
      }),
      { numRuns: 30 },
    );
  });

  const input = { name: 'x', datatype: 'FP32', shape: [1, 2] };
  const wrong: [string, object, number, string][] = [
    ['another model', { model_name: 'two' }, status.NOT_FOUND, 'there is no endpoint "two"'],
    ['another version', { model_version: '8' }, status.NOT_FOUND, 'does not serve version 8'],
    ['no model', { model_name: '' }, status.INVALID_ARGUMENT, 'the name of a model is missing'],
    ['no input', { inputs: [] }, status.INVALID_ARGUMENT, 'missing: x'],
    [
      'an input that is none',
      { inputs: [{ ...input, name: 'y', contents: { fp32_contents: [1, 2] } }] },
      ...([status.INVALID_ARGUMENT, 'must be an input of the model: x'] as const),
    ],
    [
      'another datatype',
      { inputs: [{ ...input, datatype: 'INT32', contents: { int_contents: [1, 2] } }] },
      ...([status.INVALID_ARGUMENT, 'must be FP32'] as const),
    ],
    [
      'another field',
      { inputs: [{ ...input, contents: { int_contents: [1, 2] } }] },
      ...([status.INVALID_ARGUMENT, 'are not in the field for FP32'] as const),
    ],
    [
      'another shape',
      { inputs: [{ ...input, shape: [1, 3], contents: { fp32_contents: [1, 2, 3] } }] },
      ...([status.INVALID_ARGUMENT, 'shape'] as const),
    ],
    [
      'too few values',
      { inputs: [{ ...input, contents: { fp32_contents: [1] } }] },
      ...([status.INVALID_ARGUMENT, 'has 4 bytes where FP32 [1,2] takes 8'] as const),
    ],
    [
      'raw contents for some inputs',
      { inputs: [input], raw_input_contents: [raw([1, 2]), raw([1, 2])] },
      ...([status.INVALID_ARGUMENT, 'are 2 for 1 inputs'] as const),
    ],
    [
      'raw contents beside others',
      {
        inputs: [{ ...input, contents: { fp32_contents: [1, 2] } }],
        raw_input_contents: [raw([1, 2])],
      },
      ...([status.INVALID_ARGUMENT, 'stand beside raw contents'] as const),
    ],
    [
      'shared memory',
      { inputs: [{ ...input, parameters: { shared_memory_region: { string_param: 'r' } } }] },
      ...([status.INVALID_ARGUMENT, 'there is no shared memory here'] as const),
    ],
    [
      'an output that is none',
      { outputs: [{ name: 'z' }] },
      ...([status.INVALID_ARGUMENT, 'must be an output of the model: x_out'] as const),
    ],
  ];
  it.each(wrong)('says with the right code what is wrong with %s', async (_, more, code, words) => {
    const [given, details] = await failureOf(one.call('ModelInfer', request([1, 2], more)));
    expect([given, details]).toEqual([code, expect.stringContaining(words)]);
  });

  it('refuses what is no message, and too much of it, and goes on', async () => {
    const over = { model_name: 'one', inputs: [input], raw_input_contents: [Buffer.alloc(9e6)] };
    expect((await failureOf(one.call('ModelInfer', over)))[0]).toBe(status.RESOURCE_EXHAUSTED);
    expect(await failureOf(one.call('ModelMetadata', { name: 'one', version: '1' }))).toEqual([
      status.NOT_FOUND,
      expect.any(String),
    ]);
    expect(await one.call('ModelReady', { name: 'two' })).toEqual({ ready: false });
    expect(await one.call('ServerLive')).toEqual({ live: true });
  });
});
