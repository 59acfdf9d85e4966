import { AppError } from '../errors.ts';

/** Protobuf wire types that ONNX files use. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

const decoder = new TextDecoder('utf-8', { fatal: false });
const encoder = new TextEncoder();

export const damaged = (why: string): AppError =>
  new AppError(
    'unprocessable',
    `the file is not a readable ONNX model: ${why}; export and upload it again`,
  );

export const refused = (why: string): AppError =>
  new AppError('unprocessable', `the model was refused: ${why}`);

/** A stranger's name inside a message: short, and without control characters. */
export const quoted = (name: string): string => JSON.stringify(name.slice(0, 100));

/**
 * Walks the fields of one protobuf message without copying or decoding what nobody asks for.
 * One object per message and none per field, because a tree ensemble has millions.
 *
 * @throws AppError `unprocessable` where a length points outside the message
 */
export class Cursor {
  readonly bytes: Uint8Array;
  private position = 0;
  /** Number of the current field. */
  field = 0;
  wire = 0;
  /** Value of a VARINT field, as int64; beyond 2^53 the nearest double. */
  value = 0;
  /** First byte of the current field's tag. */
  start = 0;
  private bodyStart = 0;
  /** First byte after the current field. */
  end = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  next(): boolean {
    if (this.position >= this.bytes.length) return false;
    this.start = this.position;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.wire = tag % 8;
    if (tag < 8 || this.field > 0x1fffffff) throw damaged('it has a field without a valid number');
    this.readValue();
    this.end = this.position;
    return true;
  }

  private readValue(): void {
    this.bodyStart = this.position;
    if (this.wire === VARINT) {
      this.value = this.varint();
      return;
    }
    let length = 0;
    if (this.wire === BYTES) length = this.varint();
    else if (this.wire === FIXED64) length = 8;
    else if (this.wire === FIXED32) length = 4;
    else throw damaged(`it has a field of the unknown kind ${this.wire}`);
    this.bodyStart = this.position;
    if (length < 0 || length > this.bytes.length - this.position) {
      throw damaged('it is truncated, or a length in it is wrong');
    }
    this.position += length;
  }

  private varint(): number {
    let result = 0;
    let unit = 1;
    for (let i = 0; i < 7; i++) {
      const byte = this.byte();
      result += (byte & 127) * unit;
      if (byte < 128) return result;
      unit *= 128;
    }
    return this.longVarint(result);
  }

  private longVarint(low: number): number {
    let result = BigInt(low);
    for (let i = 7; i < 10; i++) {
      const byte = this.byte();
      result |= BigInt(byte & 127) << BigInt(7 * i);
      if (byte < 128) return Number(BigInt.asIntN(64, result));
    }
    throw damaged('it has a number of more than ten bytes');
  }

  private bigVarint(): bigint {
    const from = this.position;
    const near = this.varint();
    if (Number.isSafeInteger(near)) return BigInt(near);
    let result = 0n;
    for (let at = from; at < this.position; at++) {
      result |= BigInt((this.bytes[at] as number) & 127) << BigInt(7 * (at - from));
    }
    return BigInt.asIntN(64, result);
  }

  private byte(): number {
    const byte = this.bytes[this.position];
    if (byte === undefined) throw damaged('it is truncated');
    this.position++;
    return byte;
  }

  /** Body of a length-delimited field: a view, not a copy. */
  body(): Uint8Array {
    if (this.wire !== BYTES) throw damaged(`field ${this.field} has the wrong kind`);
    return this.bytes.subarray(this.bodyStart, this.end);
  }

  /** The whole field with its tag. */
  raw(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  /** Text of a length-delimited field. @throws AppError where it is longer than so many bytes */
  text(maxBytes = 65_536): string {
    const body = this.body();
    if (body.length > maxBytes) {
      throw refused(
        `it holds a text of ${body.length} bytes where at most ${maxBytes} are allowed`,
      );
    }
    return decoder.decode(body);
  }

  /** The first so many bytes of a text that may be of any length. */
  excerpt(maxBytes: number): string {
    return decoder.decode(this.body().subarray(0, maxBytes));
  }

  number(): number {
    if (this.wire === VARINT) return this.value;
    throw damaged(`field ${this.field} has the wrong kind`);
  }

  /** How many values a repeated scalar field of this kind holds here: packed, or one. */
  count(kind: typeof VARINT | typeof FIXED32 | typeof FIXED64): number {
    if (this.wire === kind) return 1;
    const body = this.body();
    if (kind !== VARINT) return body.length / (kind === FIXED32 ? 4 : 8);
    let values = 0;
    for (const byte of body) if (byte < 128) values++;
    return values;
  }

  /**
   * The values of a repeated varint field, packed or not.
   *
   * @throws AppError where they are more than `max`
   */
  bigints(max: number): bigint[] {
    if (this.wire !== VARINT && this.wire !== BYTES) throw damaged('a list has the wrong kind');
    const inner = new Cursor(this.bytes.subarray(this.bodyStart, this.end));
    const values: bigint[] = [];
    while (inner.position < inner.bytes.length) {
      if (values.length === max) throw refused(`it has a list of more than ${max} numbers`);
      values.push(inner.bigVarint());
    }
    return values;
  }
}

/** Varint of a whole number; a negative one takes ten bytes, as int64 does. */
export function encodeVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value < 0 ? BigInt.asUintN(64, BigInt(value)) : value;
  for (; typeof rest === 'bigint' && rest >= 128n; rest >>= 7n)
    bytes.push(Number(rest & 127n) + 128);
  rest = Number(rest);
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.from([...bytes, rest]);
}

/** Tag and length that stand before the body of a length-delimited field. */
export const header = (field: number, length: number): Uint8Array =>
  concat([encodeVarint(field * 8 + BYTES), encodeVarint(length)]);

export const bytesField = (field: number, body: Uint8Array): Uint8Array =>
  concat([header(field, body.length), body]);
export const textField = (field: number, text: string): Uint8Array =>
  bytesField(field, encoder.encode(text));
export const varintField = (field: number, value: number): Uint8Array =>
  concat([encodeVarint(field * 8 + VARINT), encodeVarint(value)]);

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * A message in which some fields are replaced. All others are copied in the stretches in which they
 * stand, whatever they are. Undefined where nothing is replaced.
 */
export function replaceFields(
  bytes: Uint8Array,
  replacement: (cursor: Cursor) => Uint8Array | undefined,
): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  const cursor = new Cursor(bytes);
  let copied = 0;
  while (cursor.next()) {
    const replaced = replacement(cursor);
    if (!replaced) continue;
    parts.push(bytes.subarray(copied, cursor.start), replaced);
    copied = cursor.end;
  }
  parts.push(bytes.subarray(copied));
  return copied > 0 ? concat(parts) : undefined;
}
