import { describe, expect, it } from '@jest/globals';
import { inspectModel } from '#core/onnx/inspect.ts';
import { bytesField, concat, textField, varintField } from '#core/onnx/protobuf.ts';
import * as b from '../../../helpers/onnx-builder.ts';

const edges = { inputs: [b.value('x', 1, [-1, 2])], outputs: [b.value('y', 1, [-1, 2])] };
const relu = b.node('Relu', ['x'], ['y']);
const graph = (parts: Parameters<typeof b.graph>[0]) =>
  b.model(b.graph({ ...edges, nodes: [relu], ...parts }));
const refuses = (bytes: Uint8Array, reason: string) =>
  expect(() => inspectModel(bytes)).toThrow(reason);

/** One byte for each of so many numbers, packed into one field. */
const packed = (field: number, count: number) => bytesField(field, new Uint8Array(count).fill(1));
const untypedShape = (name: string) =>
  concat([textField(1, name), bytesField(2, bytesField(1, varintField(1, 1)))]);

describe('lists', () => {
  it('of dimensions end where no tensor has more', () => {
    const tensor = (...dims: Uint8Array[]) =>
      concat([...dims, varintField(2, 1), textField(8, 'w'), bytesField(9, new Uint8Array(4))]);
    const initialise = (body: Uint8Array) => graph({ initializers: [body] });
    refuses(initialise(tensor(packed(1, 5_000_000))), 'a list of more than 64 numbers');
    refuses(initialise(tensor(packed(1, 40), packed(1, 40))), 'more than 64 dimensions');
    expect(inspectModel(initialise(tensor(packed(1, 64)))).parameterCount).toBe(1);
  });

  it('of classes end where no classifier has more', () => {
    const classify = (...labels: Uint8Array[]) =>
      graph({
        nodes: [
          b.node('LinearClassifier', ['x'], ['l', 'y'], 'ai.onnx.ml', [
            b.attribute('classlabels_ints', ...labels),
          ]),
        ],
      });
    refuses(classify(packed(8, 5_000_000)), 'a list of more than 100000 numbers');
    refuses(classify(packed(8, 60_000), packed(8, 60_000)), 'more than 100000 classes');
    expect(inspectModel(classify(packed(8, 3))).classLabels).toEqual([
      {
        operator: 'LinearClassifier',
        outputs: ['l', 'y'],
        kind: 'integer',
        labels: ['1', '1', '1'],
      },
    ]);
  });

  it('of classes are bounded together, however short the names are', () => {
    const labels = b.attribute('classlabels_ints', packed(8, 1000));
    const nodes = Array.from({ length: 12 }, (_, i) =>
      b.node('LinearClassifier', ['x'], [i === 0 ? 'y' : `l${i}`], 'ai.onnx.ml', [labels]),
    );
    const model = graph({ nodes });
    expect(inspectModel(model, { names: 250_000 }).classLabels).toHaveLength(12);
    expect(() => inspectModel(model, { names: 200_000 })).toThrow('bytes of names and labels');
  });

  it('keep labels of 64 bits as they are', () => {
    const largest = concat([
      Uint8Array.of(0x40),
      new Uint8Array(8).fill(0xff),
      Uint8Array.of(0x7f),
    ]);
    const node = b.node('ZipMap', ['x'], ['y'], 'ai.onnx.ml', [
      b.attribute('classlabels_int64s', largest, varintField(8, -2)),
    ]);
    const [found] = inspectModel(graph({ nodes: [node] })).classLabels;
    expect(found?.labels).toEqual(['9223372036854775807', '-2']);
  });
});

describe('names', () => {
  const named = (name: string) => graph({ inputs: [b.value(name, 1, [-1, 2])] });

  it('of inputs and outputs are as long as a signature holds', () => {
    expect(inspectModel(named('n'.repeat(512))).inputs).toHaveLength(1);
    refuses(named('n'.repeat(513)), 'longer than 512 characters: rename the input');
    refuses(graph({ inputs: [b.value('x', 1, ['d'.repeat(257)])] }), 'at most 256');
  });

  it('that are no text are refused', () => {
    refuses(named('a\u0000b'), 'cannot be sent');
    const broken = concat([
      bytesField(1, Uint8Array.of(0xff, 0xfe)),
      b.value('', 1, []).subarray(2),
    ]);
    refuses(graph({ inputs: [broken] }), 'cannot be sent');
  });

  it('of files are counted as often as they stand there', () => {
    const external = { location: 'f'.repeat(200) };
    const initializers = Array.from({ length: 10 }, (_, i) =>
      b.tensor({ name: `w${i}`, external }),
    );
    const inspect = (names: number) =>
      inspectModel(graph({ initializers }), { names, allowExternalData: true }).externalData;
    expect(inspect(3000)).toHaveLength(10);
    expect(() => inspect(2000)).toThrow('bytes of names');
  });

  it('stand for one value each', () => {
    const w = b.tensor({ raw: new Uint8Array(4) });
    refuses(graph({ initializers: [w, w] }), 'two values of the graph have the same name "w"');
    refuses(graph({ nodes: [relu, relu] }), 'the same name "y"');
    refuses(graph({ nodes: [b.node('Relu', ['x'], ['x']), relu] }), 'the same name "x"');
  });

  it('of outputs are names of values', () => {
    refuses(graph({ nodes: [] }), 'no node gives its output "y"');
  });
});

describe('inputs without a shape', () => {
  it('are no scalars', () => {
    refuses(graph({ inputs: [untypedShape('x')] }), 'its input "x" has no shape');
    expect(inspectModel(graph({ inputs: [b.value('x', 1, [])] })).inputs[0]?.shape).toEqual([]);
  });

  it('may have initialisers, and outputs need none', () => {
    const w = b.tensor({ name: 'w', raw: new Uint8Array(4) });
    const found = inspectModel(
      graph({
        inputs: [...edges.inputs, untypedShape('w')],
        initializers: [w],
        outputs: [untypedShape('y')],
      }),
    );
    expect(found.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(found.outputs[0]?.shape).toBeUndefined();
  });
});

describe('operator sets', () => {
  it.each([
    [6, 'operator set 6 of "ai.onnx"; the runtime knows those from 7 on'],
    [0, 'operator set 0'],
    [27, 'up to 26 can be loaded'],
  ])('%i is refused', (version, reason) => {
    refuses(b.model(b.graph({ ...edges, nodes: [relu] }), b.opset(version)), reason);
  });

  it('of functions are held against the same bounds', () => {
    const old = concat([
      textField(1, 'F'),
      textField(10, 'mine'),
      bytesField(7, b.node('Relu', ['a'], ['b'])),
      bytesField(9, varintField(2, 5)),
    ]);
    const nodes = [b.node('F', ['x'], ['y'], 'mine')];
    const withFunction = b.model(b.graph({ ...edges, nodes }), b.opset(13), bytesField(25, old));
    refuses(withFunction, 'operator set 5');
  });

  it('may be old where nothing uses them', () => {
    const scaler = b.node('Scaler', ['x'], ['y'], 'ai.onnx.ml');
    const model = b.model(
      b.graph({ ...edges, nodes: [scaler] }),
      b.opset(1),
      b.opset(1, 'ai.onnx.ml'),
    );
    expect(inspectModel(model).opsets).toHaveLength(2);
  });
});

describe('what a file says of itself', () => {
  it('is kept: producer, domain, version, description, metadata', () => {
    const entry = concat([textField(1, 'license'), textField(2, 'MIT')]);
    const model = concat([
      graph({}),
      textField(3, '1.2'),
      textField(4, 'com.example'),
      varintField(5, 7),
      textField(6, 'What it is for'),
      bytesField(14, entry),
    ]);
    expect(inspectModel(model)).toMatchObject({
      producer: { name: 'test', version: '1.2' },
      domain: 'com.example',
      modelVersion: 7,
      docString: 'What it is for',
      metadata: { license: 'MIT' },
    });
  });

  it('is cut where it is a book', () => {
    const model = concat([graph({}), textField(6, 'x'.repeat(1_000_000))]);
    expect(inspectModel(model).docString).toHaveLength(4096);
  });
});
