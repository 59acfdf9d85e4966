import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '#core/errors.ts';
import { inspectModel } from '#core/onnx/inspect.ts';
import { bytesField, concat, textField, varintField } from '#core/onnx/protobuf.ts';
import { readExample } from '../../../../local/examples.ts';
import * as b from '../../../helpers/onnx-builder.ts';

const example = readExample('penguins').artifact;
const refusal = (bytes: Uint8Array): string => {
  try {
    inspectModel(bytes);
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
  return 'accepted';
};
const edges = { inputs: [b.value('x', 1, [-1, 2])], outputs: [b.value('y', 1, [-1, 2])] };
const oneNode = (node: Uint8Array) => b.model(b.graph({ ...edges, nodes: [node] }));
const nested = (depth: number): Uint8Array => {
  const inner = depth === 0 ? b.graph(edges) : b.graph({ ...edges, nodes: [nested(depth - 1)] });
  return b.node('If', ['c'], ['y'], '', [b.attribute('then_branch', bytesField(6, inner))]);
};

describe('inspectModel', () => {
  it('reads what an exporter wrote', () => {
    const found = inspectModel(example);
    expect(found).toMatchObject({ irVersion: 10, producer: { name: 'skl2onnx' } });
    expect(found.inputs.map(({ name, datatype, shape }) => [name, datatype, shape])).toEqual([
      ['island', 'BYTES', [-1, 1]],
      ['sex', 'BYTES', [-1, 1]],
      ['bill_length_mm', 'FP32', [-1, 1]],
      ['bill_depth_mm', 'FP32', [-1, 1]],
      ['flipper_length_mm', 'FP32', [-1, 1]],
      ['body_mass_g', 'FP32', [-1, 1]],
    ]);
    expect(found.operators).toContainEqual({ domain: 'ai.onnx.ml', name: 'ZipMap', count: 1 });
    expect(found.classLabels.at(-1)?.labels).toEqual(['Adelie', 'Chinstrap', 'Gentoo']);
  });

  it('counts parameters and keeps symbolic axes', () => {
    expect(inspectModel(b.addModel())).toMatchObject({
      parameterCount: 2,
      initializerBytes: 8,
      nodeCount: 1,
      inputs: [{ name: 'x', shape: ['batch', 2] }],
    });
  });

  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(), 'empty'],
    ['a pickle', Uint8Array.of(0x80, 4, 0x95), 'pickle'],
    ['an archive', new TextEncoder().encode('PK\x03\x04aaaa'), 'ZIP'],
    ['HDF5', Uint8Array.of(0x89, 0x48, 0x44, 0x46), 'HDF5'],
    ['JSON', new TextEncoder().encode('{"a": 1}'), 'JSON'],
    ['text', new TextEncoder().encode('hello there'), 'not a readable ONNX model'],
    ['half a file', example.slice(0, example.length / 2), 'truncated'],
    ['no graph', concat([varintField(1, 8), b.opset(13)]), 'no graph'],
    ['no outputs', b.model(b.graph({ inputs: edges.inputs })), 'no outputs'],
    [
      'a future IR',
      concat([varintField(1, 99), bytesField(7, b.graph(edges)), b.opset(13)]),
      'IR version is 99',
    ],
    ['a future opset', b.model(b.graph(edges), b.opset(99)), 'operator set 99'],
    [
      'a foreign operator',
      oneNode(b.node('Run', ['x'], ['y'], 'evil')),
      '"evil.Run" is not on the list',
    ],
    [
      'a dangerous contrib operator',
      oneNode(b.node('PythonOp', ['x'], ['y'], 'com.microsoft')),
      'PythonOp',
    ],
    [
      'external data',
      b.addModel({ external: { location: '/etc/passwd' } }),
      'weights lie in another file',
    ],
    [
      'sparse initialisers',
      b.model(b.graph({ ...edges, extra: [bytesField(15, b.tensor({}))] })),
      'sparse',
    ],
    [
      'sparse constants',
      oneNode(
        b.node('Constant', [], ['y'], '', [
          b.attribute('sparse_value', bytesField(22, b.tensor({}))),
        ]),
      ),
      'sparse',
    ],
    ['too few bytes', b.addModel({ raw: new Uint8Array(4) }), 'needs 8 bytes and has 4'],
    ['absurd sizes', b.addModel({ dims: [2 ** 40, 2 ** 40] }), 'absurdly large'],
    ['unknown types', b.addModel({ type: 77 }), 'unknown element type 77'],
    ['deep nesting', oneNode(nested(30)), 'nested more than 16 deep'],
    ['training graphs', concat([b.addModel(), bytesField(20, new Uint8Array(1))]), 'training'],
    [
      'two inputs of one name',
      b.model(b.graph({ ...edges, inputs: [b.value('x', 1, []), b.value('x', 1, [])] })),
      'same name',
    ],
  ])('refuses %s', (_, bytes, reason) => {
    expect(refusal(bytes)).toContain(reason);
  });

  it('finds external and sparse data in subgraphs and functions too', () => {
    const hidden = b.graph({ ...edges, initializers: [b.tensor({ external: { location: 'x' } })] });
    const inSubgraph = oneNode(
      b.node('If', ['c'], ['y'], '', [b.attribute('else_branch', bytesField(6, hidden))]),
    );
    expect(refusal(inSubgraph)).toContain('another file');
    const constant = b.node('Constant', [], ['z'], '', [
      b.attribute('sparse_value', bytesField(22, b.tensor({}))),
    ]);
    const fn = concat([textField(1, 'F'), textField(10, 'mine'), bytesField(7, constant)]);
    const inFunction = b.model(
      b.graph({ ...edges, nodes: [b.node('F', ['x'], ['y'], 'mine')] }),
      b.opset(13),
      bytesField(25, fn),
    );
    expect(refusal(inFunction)).toContain('sparse');
  });

  it('takes model-local functions, but none that calls itself', () => {
    const fn = (callee: Uint8Array) =>
      bytesField(25, concat([textField(1, 'F'), textField(10, 'mine'), bytesField(7, callee)]));
    const build = (body: Uint8Array) =>
      b.model(
        b.graph({ ...edges, nodes: [b.node('F', ['x'], ['y'], 'mine')] }),
        b.opset(13),
        b.opset(1, 'mine'),
        fn(body),
      );
    expect(refusal(build(b.node('Relu', ['a'], ['b'])))).toBe('accepted');
    expect(refusal(build(b.node('F', ['a'], ['b'], 'mine')))).toContain('calls itself');
  });

  it('throws nothing but refusals, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        refusal(bytes);
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(
        fc.nat(example.length - 1),
        fc.nat(255),
        fc.nat(example.length),
        (at, byte, length) => {
          const damaged = example.slice(0, length || undefined);
          damaged[at % damaged.length] = byte;
          refusal(damaged);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
