import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type EmbeddingPlan, planEmbedding } from '#core/onnx/embed.ts';
import { inspectModel } from '#core/onnx/inspect.ts';
import { deriveSignature } from '#core/signature/derive.ts';
import '#shared/telemetry-off.ts';
import * as ort from 'onnxruntime-node';
import { materialise } from '../../../helpers/materialise.ts';

const read = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../fixtures/pytorch/${name}`, import.meta.url)));
const DATA = 'model.onnx.data';
const [model, weights] = [read('model.onnx'), read(DATA)];
const expected = JSON.parse(new TextDecoder().decode(read('expected.json')));

describe('what torch.onnx.export writes by itself', () => {
  let plan: EmbeddingPlan;
  let whole: Uint8Array;
  beforeAll(() => {
    plan = planEmbedding(model, new Map([[DATA, weights.length]]));
    whole = materialise(plan, new Map([[DATA, weights]]));
  });

  it('needs its companion', () => {
    expect(() => inspectModel(model)).toThrow('"model.onnx.data"');
    expect(() => planEmbedding(model, new Map([[DATA, weights.length - 1]]))).toThrow('ends at');
  });

  it('is read before its weights are', () => {
    expect(inspectModel(whole)).toEqual(plan.inspection);
    expect(plan.sizeBytes).toBe(whole.length);
    expect(plan.inspection).toMatchObject({
      irVersion: 10,
      opsets: [{ domain: '', version: 20 }],
      producer: { name: 'pytorch' },
      parameterCount: 18_348,
    });
    expect(deriveSignature(plan.inspection)).toEqual({
      inputs: [{ name: 'image', datatype: 'FP32', shape: ['batch', 1, 8, 8] }],
      outputs: [
        { name: 'probabilities', datatype: 'FP32', shape: ['batch', 10], role: 'probabilities' },
      ],
    });
  });

  it('computes with its weights inside what PyTorch computes', async () => {
    const session = await ort.InferenceSession.create(whole);
    const { data, shape } = expected.image;
    const image = new ort.Tensor('float32', Float32Array.from(data), shape);
    const { probabilities } = await session.run({ image });
    const served = [...(probabilities as ort.Tensor).data] as number[];
    const wanted: number[] = expected.probabilities.data;
    const difference = Math.max(...served.map((p, i) => Math.abs(p - (wanted[i] as number))));
    expect(served).toHaveLength(wanted.length);
    expect(difference).toBeLessThan(expected.tolerance);
  });
});
