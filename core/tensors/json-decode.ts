import { invalidField } from '../errors.ts';
import { roundToBfloat16 } from './bfloat16.ts';
import type { Datatype } from './datatypes.ts';
import { elementCount } from './shapes.ts';
import { allocate, type BigIntegerArray, type FloatArray, type TensorData } from './tensor.ts';

/**
 * Values from parsed JSON, flat or nested as the shape says, as typed data.
 * Nothing is lost on the way: integers must fit the datatype, floats must not overflow it (they
 * are rounded to its precision), and null is a missing value (NaN) of a floating datatype.
 * @param field where the values stand, such as `inputs[0].data`; errors name the element in it
 */
export function decodeJson(
  datatype: Datatype,
  shape: readonly number[],
  values: unknown,
  field: string,
): TensorData {
  if (!Array.isArray(values)) throw invalidField(field, 'must be an array');
  const count = elementCount(shape);
  const nested = shape.length > 1 && Array.isArray(values[0]);
  const flat = nested ? flatten(values, shape, field) : values;
  if (flat.length !== count) {
    throw invalidField(field, `has ${flat.length} values where the shape says ${count}`);
  }
  const where = (index: number) => field + (nested ? nestedPath(index, shape) : `[${index}]`);
  return fill(datatype, flat, where);
}

type Where = (index: number) => string;

function fill(datatype: Datatype, values: readonly unknown[], where: Where): TensorData {
  if (datatype === 'BYTES') return fillStrings(values, where);
  const out = allocate(datatype, values.length);
  switch (datatype) {
    case 'FP16':
    case 'FP32':
    case 'FP64':
      return fillFloats(out as FloatArray, values, datatype, where);
    case 'BF16':
      return fillBfloats(out as Float32Array, values, where);
    case 'INT64':
    case 'UINT64':
      return fillBigIntegers(out as BigIntegerArray, values, datatype, where);
    case 'BOOL':
      return fillBooleans(out as Uint8Array, values, where);
    default:
      return fillIntegers(out as Int32Array, values, datatype, where);
  }
}

function fillFloats(out: FloatArray, values: readonly unknown[], type: Datatype, where: Where) {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value === 'number') {
      out[i] = value;
      const stored = out[i] as number;
      // Infinity minus itself is NaN, so one comparison finds what overflowed.
      if (stored - stored !== 0) throw tooLarge(where(i), type);
    } else out[i] = unusualFloat(value, type, where(i));
  }
  return out;
}

function fillBfloats(out: Float32Array, values: readonly unknown[], where: Where) {
  fillFloats(out, values, 'BF16', where);
  for (let i = 0; i < out.length; i++) {
    const value = out[i] as number;
    out[i] = roundToBfloat16(value);
    if (Math.abs(out[i] as number) === Infinity) throw tooLarge(where(i), 'BF16');
  }
  return out;
}

/** null and, where integers were parsed exactly, bigint. */
function unusualFloat(value: unknown, type: Datatype, field: string): number {
  if (value === null) return Number.NaN;
  if (typeof value !== 'bigint') throw invalidField(field, `must be a number, not ${kind(value)}`);
  const number = Number(value);
  if (Math.abs(number) > LARGEST[type as 'FP32']) throw tooLarge(field, type);
  return number;
}

/** Up to here a number rounds to a finite one of the type. */
const LARGEST = { FP16: 65519, BF16: 3.39e38, FP32: 3.4028235e38, FP64: Number.MAX_VALUE };

const tooLarge = (field: string, type: Datatype) =>
  invalidField(field, `is beyond the range of ${type}`);

function fillIntegers(out: Int32Array, values: readonly unknown[], type: Datatype, where: Where) {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    // The array keeps a number unchanged only if it is whole and in range.
    if (typeof value === 'number') out[i] = value;
    if (out[i] !== value) throw notAnInteger(value, type, where(i));
  }
  return out;
}

function notAnInteger(value: unknown, type: Datatype, field: string) {
  if (typeof value !== 'number' && typeof value !== 'bigint') {
    return invalidField(field, `must be an integer, not ${kind(value)}`);
  }
  if (typeof value === 'bigint' || Number.isInteger(value)) return tooLarge(field, type);
  return invalidField(field, 'must be an integer, it has a fraction');
}

const RANGE_64 = {
  INT64: [-(2n ** 63n), 2n ** 63n - 1n],
  UINT64: [0n, 2n ** 64n - 1n],
} as const;

function fillBigIntegers(
  out: BigIntegerArray,
  values: readonly unknown[],
  type: 'INT64' | 'UINT64',
  where: Where,
) {
  const [low, high] = RANGE_64[type];
  for (let i = 0; i < values.length; i++) {
    const value = toBigInt(values[i], type, where, i);
    if (value < low || value > high) throw tooLarge(where(i), type);
    out[i] = value;
  }
  return out;
}

function toBigInt(value: unknown, type: Datatype, where: Where, index: number): bigint {
  if (typeof value === 'bigint') return value;
  if (Number.isSafeInteger(value)) return BigInt(value as number);
  if (!Number.isInteger(value)) throw notAnInteger(value, type, where(index));
  throw invalidField(where(index), 'is not exact in this notation: write it as plain digits');
}

function fillBooleans(out: Uint8Array, values: readonly unknown[], where: Where) {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value !== 'boolean') {
      throw invalidField(where(i), `must be true or false, not ${kind(value)}`);
    }
    out[i] = value ? 1 : 0;
  }
  return out;
}

function fillStrings(values: readonly unknown[], where: Where): string[] {
  const out = new Array<string>(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value !== 'string') {
      throw invalidField(where(i), `must be a string, not ${kind(value)}`);
    }
    const problem = textProblem(value);
    if (problem) throw invalidField(where(i), problem);
    out[i] = value;
  }
  return out;
}

/** What the runtime's string tensors cannot carry; undefined for a good text. */
export function textProblem(text: string): string | undefined {
  if (!text.isWellFormed()) return 'holds half of a surrogate pair, which is no character';
  // The runtime's strings end at NUL: what follows would be lost in silence.
  if (text.includes('\0')) return 'holds the character NUL, which the runtime cannot carry';
  return undefined;
}

function kind(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'boolean' ? String(value) : `a ${typeof value}`;
}

/** Recursion is bounded by the shape, which was matched to the model's own. */
function flatten(values: unknown[], shape: readonly number[], field: string): unknown[] {
  const out: unknown[] = [];
  const walk = (level: unknown, axis: number, at: string): void => {
    if (!Array.isArray(level)) throw invalidField(at, 'must be an array, as the shape says');
    if (level.length !== shape[axis]) {
      throw invalidField(at, `has ${level.length} entries where the shape says ${shape[axis]}`);
    }
    if (axis === shape.length - 1) for (const value of level) out.push(value);
    else for (let i = 0; i < level.length; i++) walk(level[i], axis + 1, `${at}[${i}]`);
  };
  walk(values, 0, field);
  return out;
}

function nestedPath(index: number, shape: readonly number[]): string {
  let path = '';
  let rest = index;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number;
    path = `[${rest % size}]${path}`;
    rest = Math.floor(rest / size);
  }
  return path;
}
