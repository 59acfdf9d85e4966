/*
 * Thrift's compact protocol (apache/thrift, doc/specs/thrift-compact-protocol.md), as far as
 * writing the metadata of a Parquet file goes.
 */

/** Of a field: a whole number of 32 or 64 bits, a text, a list or a structure. */
export type Value =
  | { readonly i32: number }
  | { readonly i64: number }
  | { readonly text: string }
  | { readonly list: readonly Value[] }
  | { readonly fields: Fields };

/** By the field's number; ascending. */
export type Fields = readonly (readonly [number, Value])[];

const I32 = 5;
const I64 = 6;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

const typeOf = (value: Value): number => {
  if ('i32' in value) return I32;
  if ('i64' in value) return I64;
  if ('text' in value) return BINARY;
  return 'list' in value ? LIST : STRUCT;
};

/** A structure in bytes. Numbers are whole and not negative, below 2⁵³. */
export function encodeThrift(fields: Fields): Uint8Array {
  const bytes: number[] = [];
  writeFields(bytes, fields);
  return Uint8Array.from(bytes);
}

function writeFields(into: number[], fields: Fields): void {
  let last = 0;
  for (const [id, value] of fields) {
    into.push(((id - last) << 4) | typeOf(value));
    last = id;
    writeValue(into, value);
  }
  into.push(0);
}

function writeValue(into: number[], value: Value): void {
  if ('i32' in value) writeVarint(into, 2 * value.i32);
  else if ('i64' in value) writeVarint(into, 2 * value.i64);
  else if ('text' in value) writeText(into, value.text);
  else if ('fields' in value) writeFields(into, value.fields);
  else writeList(into, value.list);
}

function writeList(into: number[], list: readonly Value[]): void {
  const type = list[0] ? typeOf(list[0]) : STRUCT;
  if (list.length < 15) into.push((list.length << 4) | type);
  else {
    into.push(0xf0 | type);
    writeVarint(into, list.length);
  }
  for (const item of list) writeValue(into, item);
}

function writeText(into: number[], text: string): void {
  const bytes = new TextEncoder().encode(text);
  writeVarint(into, bytes.length);
  for (const byte of bytes) into.push(byte);
}

/** Seven bits a byte, the lowest first. */
export function writeVarint(into: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    into.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  into.push(rest);
}
