import { invalidField } from '../errors.ts';
import { fromBfloat16Bits, toBfloat16Bits } from './bfloat16.ts';
import type { Datatype } from './datatypes.ts';
import { textProblem } from './json-decode.ts';
import { elementCount } from './shapes.ts';
import { allocate, type TensorData, WIRE_BYTES } from './tensor.ts';

/*
 * The raw form of the Open Inference Protocol's binary tensor extension: row major, little endian
 * (as is every machine that we run on), BYTES elements with a length of four bytes before each.
 */

/**
 * @param field what the bytes belong to, such as `inputs[0]`; named by errors
 */
export function decodeBinary(
  datatype: Datatype,
  shape: readonly number[],
  bytes: Uint8Array,
  field: string,
): TensorData {
  const count = elementCount(shape);
  if (datatype === 'BYTES') return decodeStrings(bytes, count, field);
  const wanted = count * WIRE_BYTES[datatype];
  if (bytes.length !== wanted) {
    throw invalidField(
      field,
      `has ${bytes.length} bytes where ${datatype} ${JSON.stringify(shape)} takes ${wanted}`,
    );
  }
  if (datatype === 'BF16') return decodeBfloats(bytes, count);
  const out = allocate(datatype, count) as Uint8Array;
  // A copy, not a view: the bytes may lie at any offset, the array must be aligned.
  new Uint8Array(out.buffer, out.byteOffset, wanted).set(bytes);
  if (datatype === 'BOOL') checkBooleans(out, field);
  return out;
}

function checkBooleans(values: Uint8Array, field: string): void {
  const wrong = values.findIndex((value) => value > 1);
  if (wrong >= 0) throw invalidField(`${field}.data[${wrong}]`, 'must be the byte 0 or 1');
}

function decodeBfloats(bytes: Uint8Array, count: number): Float32Array {
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    out[i] = fromBfloat16Bits((bytes[2 * i] as number) | ((bytes[2 * i + 1] as number) << 8));
  }
  return out;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeStrings(bytes: Uint8Array, count: number, field: string): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out: string[] = [];
  let at = 0;
  // Each element takes four bytes at least, so a false count ends the loop early.
  while (out.length < count && at + 4 <= bytes.length) {
    const end = at + 4 + view.getUint32(at, true);
    if (end > bytes.length) break;
    out.push(decodeText(bytes.subarray(at + 4, end), `${field}.data[${out.length}]`));
    at = end;
  }
  if (out.length === count && at === bytes.length) return out;
  throw invalidField(field, `its ${bytes.length} bytes are not ${count} elements of BYTES`);
}

/** The text of one BYTES element. */
export function decodeText(bytes: Uint8Array, field: string): string {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw invalidField(field, 'must be UTF-8: the runtime holds BYTES as text');
  }
  const problem = textProblem(text);
  if (problem) throw invalidField(field, problem);
  return text;
}

export function encodeBinary(datatype: Datatype, data: TensorData): Uint8Array {
  if (datatype === 'BYTES') return encodeStrings(data as string[]);
  if (datatype === 'BF16') {
    return encodeBinary('UINT16', Uint16Array.from(data as Float32Array, toBfloat16Bits));
  }
  const { buffer, byteOffset, byteLength } = data as Uint8Array;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

const encoder = new TextEncoder();

function encodeStrings(texts: readonly string[]): Uint8Array {
  const parts = texts.map((text) => encoder.encode(text));
  const out = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length, true);
    out.set(part, at + 4);
    at += 4 + part.length;
  }
  return out;
}
