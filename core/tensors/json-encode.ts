import type { Datatype } from './datatypes.ts';
import type { TensorData } from './tensor.ts';

/**
 * The JSON text of a tensor's values, flat. Integers of 64 bits are printed digit by digit;
 * NaN and infinities, which JSON does not have, become null (the binary extension keeps them).
 */
export function encodeJson(datatype: Datatype, data: TensorData): string {
  switch (datatype) {
    case 'BYTES':
      return JSON.stringify(data);
    case 'BOOL':
      return `[${Array.from(data as Uint8Array, (value) => value !== 0).join(',')}]`;
    case 'FP16':
    case 'BF16':
    case 'FP32':
    case 'FP64':
      return encodeFloats(data as Float32Array);
    default:
      return `[${(data as Int32Array).join(',')}]`;
  }
}

const FEW = 64;

function encodeFloats(data: Float32Array): string {
  if (data.length > FEW) return encodeMany(data);
  let text = '[';
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (i > 0) text += ',';
    // NaN and infinities are what is not zero when subtracted from itself.
    text += value - value === 0 ? value : 'null';
  }
  return `${text}]`;
}

function encodeMany(data: Float32Array): string {
  const text = `[${data.join(',')}]`;
  if (!text.includes('N') && !text.includes('y')) return text;
  return text.replace(/NaN|-?Infinity/g, 'null');
}
