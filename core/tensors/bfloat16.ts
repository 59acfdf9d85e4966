const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The upper half of a float32, rounded to nearest, ties to even; NaN stays NaN. */
export function toBfloat16Bits(value: number): number {
  float[0] = value;
  const word = bits[0] as number;
  if (Number.isNaN(value)) return (word >>> 16) | 0x40;
  return ((word + 0x7fff + ((word >>> 16) & 1)) >>> 16) & 0xffff;
}

/** The float32 that a bfloat16's bits stand for, exactly. */
export function fromBfloat16Bits(half: number): number {
  bits[0] = half << 16;
  return float[0] as number;
}

/** The bfloat16 nearest to a number, as a number. */
export const roundToBfloat16 = (value: number): number => fromBfloat16Bits(toBfloat16Bits(value));
