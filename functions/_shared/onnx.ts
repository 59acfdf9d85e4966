import './telemetry-off.ts';

import * as ort from 'onnxruntime-node';
import type { Tensor } from '#core/tensors/tensor.ts';
import { ONNX_TYPES, SESSION_OPTIONS } from './onnx-settings.ts';

/** A model that the runtime has loaded. */
export type OnnxSession = ort.InferenceSession;
export type OnnxTensor = ort.Tensor;

export const createSession = (model: Uint8Array): Promise<OnnxSession> =>
  ort.InferenceSession.create(model, SESSION_OPTIONS);

export function toOnnx(tensor: Tensor): OnnxTensor {
  const { datatype, data, shape } = tensor;
  const made = new ort.Tensor(ONNX_TYPES[datatype], data as Float32Array, shape);
  return datatype === 'FP16' ? withHalvesAsBits(made, data as Float16Array) : made;
}

/**
 * The binding reads a Float16Array as empty (microsoft/onnxruntime#32323), but takes the same bits
 * as Uint16Array, which the tensor's constructor in turn would convert.
 */
function withHalvesAsBits(tensor: OnnxTensor, data: Float16Array): OnnxTensor {
  const bits = new Uint16Array(data.buffer, data.byteOffset, data.length);
  return Object.assign(tensor, { cpuData: bits });
}

/**
 * Loads the runtime's library and opens its environment, a third of a cold start, by way of the
 * smallest model there is: y = x.
 */
export async function warmUp(): Promise<void> {
  const session = await createSession(Buffer.from(IDENTITY, 'base64'));
  await session.release();
}

const IDENTITY =
  'CAg6NwoQCgF4EgF5IghJZGVudGl0eRIBZ1oPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCBAoAEBA=';
