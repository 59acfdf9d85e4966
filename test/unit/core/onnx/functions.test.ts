import { describe, expect, it } from '@jest/globals';
import { inspectModel } from '#core/onnx/inspect.ts';
import { bytesField, concat, textField } from '#core/onnx/protobuf.ts';
import * as b from '../../../helpers/onnx-builder.ts';

const edges = { inputs: [b.value('x', 1, [-1, 2])], outputs: [b.value('y', 1, [-1, 2])] };

const define = (name: string, body: Uint8Array[], domain = 'mine') =>
  bytesField(
    25,
    concat([textField(1, name), textField(10, domain), ...body.map((node) => bytesField(7, node))]),
  );
const call = (name: string) => b.node(name, ['a'], ['b'], 'mine');
const callers = (functions: Uint8Array[], node = b.node('F0', ['x'], ['y'], 'mine')) =>
  b.model(b.graph({ ...edges, nodes: [node] }), b.opset(13), b.opset(1, 'mine'), ...functions);

/** F0 has F1 so many times, F1 has F2, and so on; the last one has the node. */
const chain = (length: number, times: number, last = b.node('Relu', ['a'], ['b'])) =>
  callers(
    Array.from({ length }, (_, i) =>
      define(`F${i}`, i === length - 1 ? [last] : Array(times).fill(call(`F${i + 1}`))),
    ),
  );

describe('functions of the file itself', () => {
  it('are taken, and their operators counted', () => {
    const { operators, nodeCount } = inspectModel(chain(3, 2));
    expect(operators).toContainEqual({ domain: '', name: 'Relu', count: 1 });
    expect(nodeCount).toBe(6);
  });

  it('are refused where one calls itself, straight or through another', () => {
    expect(() => inspectModel(callers([define('F0', [call('F0')])]))).toThrow('calls itself');
    const pair = [define('F0', [call('F1')]), define('F1', [call('F0')])];
    expect(() => inspectModel(callers(pair))).toThrow('calls itself');
  });

  it('are refused where they call each other too deep, however many there are', () => {
    expect(() => inspectModel(chain(20_000, 1), { functions: 30_000 })).toThrow(
      'more than 64 deep',
    );
    expect(() => inspectModel(chain(20_000, 1))).toThrow('more than 10000 functions');
    const reversed = Array.from({ length: 100 }, (_, i) =>
      define(`F${i}`, [i === 0 ? b.node('Relu', ['a'], ['b']) : call(`F${i - 1}`)]),
    );
    expect(() => inspectModel(callers(reversed))).toThrow('more than 64 deep');
  });

  it('are refused where subgraphs make their calls deeper', () => {
    const inner = (node: Uint8Array) =>
      b.attribute('then_branch', bytesField(6, b.graph({ nodes: [node] })));
    const nested = (node: Uint8Array, depth: number): Uint8Array =>
      depth === 0 ? node : b.node('If', ['c'], ['b'], '', [inner(nested(node, depth - 1))]);
    const deep = (length: number) =>
      callers(
        Array.from({ length }, (_, i) =>
          define(`F${i}`, [
            i === length - 1 ? b.node('Relu', ['a'], ['b']) : nested(call(`F${i + 1}`), 15),
          ]),
        ),
      );
    expect(inspectModel(deep(4)).depth).toBe(15);
    expect(() => inspectModel(deep(6))).toThrow('more than 64 deep');
  });

  it('are refused where they grow beyond all memory once they are written out', () => {
    expect(() => inspectModel(chain(40, 2))).toThrow('written out it has more than 500000 nodes');
    const value = b.tensor({ dims: [2 ** 16], raw: new Uint8Array(2 ** 18) });
    const constant = b.node('Constant', [], ['b'], '', [
      b.attribute('value', bytesField(5, value)),
    ]);
    expect(() => inspectModel(chain(15, 2, constant))).toThrow('bytes of tensors');
    expect(inspectModel(chain(10, 2, constant)).initializerBytes).toBe(2 ** 18);
  });

  it.each(['com.microsoft', 'com.microsoft.nchwc', 'ai.onnx.training'])(
    'are refused in the domain %s of the runtime',
    (domain) => {
      const node = b.node('EPContext', ['x'], ['y'], domain);
      const fake = define('EPContext', [b.node('Relu', ['a'], ['b'])], domain);
      expect(() => inspectModel(callers([fake], node))).toThrow("the runtime's own domain");
    },
  );

  it('are told apart by their overloads, and none is defined twice', () => {
    const named = (overload: string) =>
      bytesField(
        25,
        concat([
          textField(1, 'F0'),
          textField(10, 'mine'),
          textField(13, overload),
          bytesField(7, b.node('Relu', ['a'], ['b'])),
        ]),
      );
    expect(inspectModel(callers([named(''), named('other')])).nodeCount).toBe(3);
    expect(() => inspectModel(callers([named('other')]))).toThrow('"mine.F0" is not on the list');
    expect(() => inspectModel(callers([named(''), named('')]))).toThrow('twice');
  });
});
