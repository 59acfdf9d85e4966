import { AppError, invalidField } from '#core/errors.ts';
import {
  BYTES,
  bytesField,
  type Cursor,
  concat,
  encodeVarint,
  FIXED32,
  FIXED64,
  VARINT,
} from '#core/onnx/protobuf.ts';
import type { Datatype } from '#core/tensors/datatypes.ts';
import type { TensorData } from '#core/tensors/tensor.ts';
import { walk } from './fields.ts';

/*
 * InferTensorContents of the Open Inference Protocol: values in a repeated field of their type.
 * They are read into the raw form, which then is checked like any other.
 */

/** The field for each datatype; 16-bit floats have none. */
const FIELDS: Readonly<Partial<Record<Datatype, number>>> = {
  ...{ BOOL: 1, INT8: 2, INT16: 2, INT32: 2, INT64: 3 },
  ...{ UINT8: 4, UINT16: 4, UINT32: 4, UINT64: 5, FP32: 6, FP64: 7, BYTES: 8 },
};

const INTEGERS = {
  ...{ INT8: Int8Array, INT16: Int16Array, INT32: Int32Array, INT64: BigInt64Array },
  ...{ UINT8: Uint8Array, UINT16: Uint16Array, UINT32: Uint32Array, UINT64: BigUint64Array },
  BOOL: Uint8Array,
} as const;
type IntegerType = keyof typeof INTEGERS;

/** More whole numbers or texts come as raw bytes: read one by one they take many times their size. */
const MAX_VALUES = 1_000_000;

interface Tensor {
  readonly datatype: Datatype;
  readonly shape: readonly number[];
}

/**
 * @param contents a message InferTensorContents
 * @param field the tensor's, such as `inputs[0]`
 */
export function readContents(
  { datatype, shape }: Tensor,
  contents: Uint8Array,
  field: string,
): Buffer {
  const own = FIELDS[datatype];
  if (own === undefined) {
    throw invalidField(`${field}.contents`, `${datatype} has raw contents only`);
  }
  const parts: Uint8Array[] = [];
  const most = mostValues({ datatype, shape });
  let values = 0;
  walk(contents, (cursor) => {
    if (cursor.field !== own) {
      throw invalidField(`${field}.contents`, `are not in the field for ${datatype}`);
    }
    values += countOf(datatype, cursor);
    if (values > most) throw invalidField(`${field}.contents`, `are more than ${most} values`);
    parts.push(readPart(datatype, cursor, field));
  });
  return Buffer.concat(parts);
}

/** As many as the shape says; a shape that is none is refused later. */
function mostValues({ datatype, shape }: Tensor): number {
  const product = shape.reduce((values, size) => values * size, 1);
  const isFloat = datatype === 'FP32' || datatype === 'FP64';
  return isFloat ? product : Math.min(product, MAX_VALUES);
}

/** Without reading them. */
function countOf(datatype: Datatype, cursor: Cursor): number {
  if (datatype === 'BYTES') return 1;
  if (datatype === 'FP32') return cursor.count(FIXED32);
  return cursor.count(datatype === 'FP64' ? FIXED64 : VARINT);
}

function readPart(datatype: Datatype, cursor: Cursor, field: string): Uint8Array {
  if (datatype === 'FP32') return floats(cursor, FIXED32);
  if (datatype === 'FP64') return floats(cursor, FIXED64);
  if (datatype !== 'BYTES') return integers(datatype as IntegerType, cursor, field);
  const body = cursor.body();
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return concat([length, body]);
}

/** Packed or one by one, they lie as they do in raw contents. */
function floats(cursor: Cursor, single: number): Uint8Array {
  if (cursor.wire === BYTES) return cursor.body();
  if (cursor.wire !== single)
    throw new AppError('invalid', 'a tensor has contents of another kind');
  return cursor.raw().subarray(single === FIXED32 ? -4 : -8);
}

function integers(datatype: IntegerType, cursor: Cursor, field: string): Uint8Array {
  const given = cursor.bigints(MAX_VALUES);
  const values = datatype === 'UINT64' ? given.map((v) => BigInt.asUintN(64, v)) : given;
  const Store = INTEGERS[datatype];
  const isBig = Store === BigInt64Array || Store === BigUint64Array;
  const stored = isBig ? Store.from(values) : (Store as typeof Int32Array).from(values, Number);
  for (let i = 0; i < stored.length; i++) {
    if (BigInt(stored[i] as number) === values[i]) continue;
    throw invalidField(`${field}.contents[${i}]`, `is beyond ${datatype}`);
  }
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}

export const hasContents = (datatype: Datatype): boolean => FIELDS[datatype] !== undefined;

/** The body of a message InferTensorContents. */
export function writeContents(datatype: Datatype, data: TensorData): Uint8Array {
  const field = FIELDS[datatype] as number;
  if (datatype === 'BYTES') {
    return concat((data as string[]).map((text) => bytesField(field, Buffer.from(text))));
  }
  if (datatype === 'FP32' || datatype === 'FP64' || datatype === 'BOOL') {
    const { buffer, byteOffset, byteLength } = data as Uint8Array;
    return bytesField(field, new Uint8Array(buffer, byteOffset, byteLength));
  }
  const parts = Array.from(data as Int32Array | BigInt64Array, varint);
  return bytesField(field, concat(parts));
}

/** Negative ones take ten bytes, of whatever width the type is. */
function varint(value: number | bigint): Uint8Array {
  if (typeof value === 'number' || Number.isSafeInteger(Number(value))) {
    return encodeVarint(Number(value));
  }
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Uint8Array.from([...bytes, Number(rest)]);
}
