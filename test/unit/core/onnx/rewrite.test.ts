import { describe, expect, it } from '@jest/globals';
import { planEmbedding } from '#core/onnx/embed.ts';
import { inspectModel } from '#core/onnx/inspect.ts';
import { removeZipMaps } from '#core/onnx/zip-map.ts';
import '#shared/telemetry-off.ts';
import * as ort from 'onnxruntime-node';
import { readExample } from '../../../../local/examples.ts';
import { materialise } from '../../../helpers/materialise.ts';
import { addModel, graph, model, node, tensor, value } from '../../../helpers/onnx-builder.ts';

const run = async (bytes: Uint8Array, feeds: Record<string, InstanceType<typeof ort.Tensor>>) => {
  const session = await ort.InferenceSession.create(bytes);
  return session.run(feeds);
};

describe('removeZipMaps', () => {
  it('turns the maps into a plain tensor with the values of the framework', async () => {
    const { artifact, expected } = readExample('breast-cancer');
    const rewritten = removeZipMaps(artifact);
    expect(rewritten?.removed).toEqual([{ output: 'output_probability', classes: ['0', '1'] }]);
    const [input] = expected.request.inputs as { shape: number[]; data: number[] }[];
    const X = new ort.Tensor('float32', Float32Array.from(input?.data ?? []), input?.shape ?? []);
    const { output_probability } = await run(rewritten?.bytes as Uint8Array, { X });
    const served = [...(output_probability as ort.Tensor).data] as number[];
    const wanted = expected.outputs.output_probability as number[];
    expect(Math.max(...served.map((p, i) => Math.abs(p - (wanted[i] as number))))).toBeLessThan(
      expected.tolerance,
    );
    expect(inspectModel(rewritten?.bytes as Uint8Array).outputs[1]).toMatchObject({
      datatype: 'FP32',
      shape: [-1, 2],
    });
  });

  it('leaves other models alone', () => {
    expect(removeZipMaps(readExample('digits').artifact)).toBeUndefined();
  });
});

describe('planEmbedding', () => {
  const weights = new Uint8Array(new Float32Array([9, 9, 1, 2]).buffer);
  const external = { location: 'w.data', offset: '8', length: '8' };

  it('puts companion tensors into one file that computes the same', async () => {
    const plan = planEmbedding(addModel({ external }), new Map([['w.data', 16]]));
    const bytes = materialise(plan, new Map([['w.data', weights]]));
    expect(bytes.length).toBe(plan.sizeBytes);
    const x = new ort.Tensor('float32', Float32Array.of(10, 20), [1, 2]);
    const { y } = await run(bytes, { x });
    expect([...(y as ort.Tensor).data]).toEqual([11, 22]);
    expect(inspectModel(bytes)).toEqual(plan.inspection);
  });

  it.each([
    [
      'a file that is not given',
      { ...external, location: 'other' },
      'w.data',
      'does not name "w.data" but "other"',
    ],
    ['a range past the end', { ...external, offset: '12' }, 'w.data', 'ends at 20'],
    ['a wrong length', { ...external, length: '4' }, 'w.data', 'needs 8 bytes'],
    ['an offset that is no number', { ...external, offset: '-1' }, 'w.data', 'offset'],
    ['a path', { ...external, location: '../w.data' }, '../w.data', 'plain file name'],
    [
      'an absolute path',
      { ...external, location: '/etc/passwd' },
      '/etc/passwd',
      'plain file name',
    ],
  ])('refuses %s', (_, reference, file, reason) => {
    expect(() => planEmbedding(addModel({ external: reference }), new Map([[file, 16]]))).toThrow(
      reason,
    );
  });

  it('bounds what weights that share a range unpack to, not what they take', () => {
    const initializers = Array.from({ length: 1000 }, (_, i) =>
      tensor({ name: `w${i}`, dims: [4096], external: { location: 'w.data' } }),
    );
    const shared = model(
      graph({
        nodes: [node('Add', ['x', 'w0'], ['y'])],
        initializers,
        inputs: [value('x', 1, [4096])],
        outputs: [value('y', 1, [4096])],
      }),
    );
    const files = new Map([['w.data', 16_384]]);
    const { sizeBytes } = planEmbedding(shared, files);
    expect(sizeBytes).toBeGreaterThan(1000 * 16_384);
    expect(() => planEmbedding(shared, files, sizeBytes - 1)).toThrow(
      `the model has ${sizeBytes} bytes; at most ${sizeBytes - 1} are allowed`,
    );
  });

  it('refuses companions of a model that has none', () => {
    expect(() => planEmbedding(addModel(), new Map([['w.data', 16]]))).toThrow('leave it out');
  });
});
