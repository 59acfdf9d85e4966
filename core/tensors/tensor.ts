import type { Datatype } from './datatypes.ts';

export type FloatArray = Float16Array | Float32Array | Float64Array;
export type IntegerArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;
export type BigIntegerArray = BigInt64Array | BigUint64Array;

/**
 * The values of a tensor in row-major order: BOOL as 0 and 1, BYTES as strings (the runtime's
 * string tensors are UTF-8 text), BF16 widened to float32, which holds each of its values exactly.
 */
export type TensorData = FloatArray | IntegerArray | BigIntegerArray | string[];

export interface Tensor {
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

const CONSTRUCTORS = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Float16Array,
  BF16: Float32Array,
  FP32: Float32Array,
  FP64: Float64Array,
} as const;

const BLOCK_BYTES = 65_536;
const SMALL_BYTES = 2_048;
let block = new ArrayBuffer(BLOCK_BYTES);
let used = 0;

/**
 * Zeros, or empty strings; the caller has bounded `length`. Small arrays are views on a shared
 * block, each part of which is given out once: memory of its own for each would take as long as
 * the rest of reading a row.
 */
export function allocate(datatype: Datatype, length: number): TensorData {
  if (datatype === 'BYTES') return new Array<string>(length).fill('');
  const Numbers = CONSTRUCTORS[datatype];
  const bytes = length * Numbers.BYTES_PER_ELEMENT;
  if (bytes > SMALL_BYTES) return new Numbers(length);
  if (used + bytes > BLOCK_BYTES) {
    block = new ArrayBuffer(BLOCK_BYTES);
    used = 0;
  }
  const start = used;
  // Every element type begins at a multiple of its own size.
  used += (bytes + 7) & ~7;
  return new Numbers(block, start, length);
}

/** Bytes that one element takes on the wire; 0 where that varies. */
export const WIRE_BYTES: Readonly<Record<Datatype, number>> = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  BF16: 2,
  FP32: 4,
  FP64: 8,
  BYTES: 0,
};

export const isFloating = (datatype: Datatype): boolean =>
  datatype === 'FP32' || datatype === 'FP64' || datatype === 'FP16' || datatype === 'BF16';

export const is64Bit = (datatype: Datatype): boolean =>
  datatype === 'INT64' || datatype === 'UINT64';
