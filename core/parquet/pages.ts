import { writeVarint } from './thrift.ts';

/** A column's values by row; null, or a cleared bit of `present`, is a missing value. */
export type ParquetColumn = { readonly name: string } & (
  | { readonly type: 'boolean'; readonly values: Uint8Array; readonly present?: Present }
  | { readonly type: 'int32'; readonly values: Int32Array; readonly present?: Present }
  | {
      readonly type: 'int64' | 'uint64' | 'timestamp';
      readonly values: BigInt64Array | BigUint64Array;
      readonly present?: Present;
    }
  | { readonly type: 'float'; readonly values: Float32Array; readonly present?: Present }
  | { readonly type: 'double'; readonly values: Float64Array; readonly present?: Present }
  | { readonly type: 'string'; readonly values: readonly (string | null)[] }
);

/** 1 for each row that has a value; left out where all have. */
type Present = Uint8Array;

/** A page: definition levels, then the values that are there, in the encoding PLAIN. */
export function encodePage(column: ParquetColumn): Uint8Array {
  const present = presenceOf(column);
  const levels = encodeLevels(column.values.length, present);
  const values = encodeValues(column, present);
  const page = new Uint8Array(4 + levels.length + values.length);
  new DataView(page.buffer).setUint32(0, levels.length, true);
  page.set(levels, 4);
  page.set(values, 4 + levels.length);
  return page;
}

function presenceOf(column: ParquetColumn): Present | undefined {
  if (column.type !== 'string') return column.present;
  if (!column.values.includes(null)) return undefined;
  return Uint8Array.from(column.values, (value) => (value === null ? 0 : 1));
}

/** RLE / bit-packing hybrid of one-bit levels (apache/parquet-format, Encodings.md). */
function encodeLevels(rows: number, present: Present | undefined): Uint8Array {
  const bytes: number[] = [];
  if (!present) {
    writeVarint(bytes, 2 * rows);
    bytes.push(1);
    return Uint8Array.from(bytes);
  }
  const packed = packBits(present);
  writeVarint(bytes, 2 * packed.length + 1);
  const levels = new Uint8Array(bytes.length + packed.length);
  levels.set(bytes);
  levels.set(packed, bytes.length);
  return levels;
}

/** Eight a byte, the first in the lowest bit. */
function packBits(bits: Uint8Array): Uint8Array {
  const packed = new Uint8Array(Math.ceil(bits.length / 8));
  for (let i = 0; i < bits.length; i++) {
    if (bits[i]) packed[i >> 3] = (packed[i >> 3] as number) | (1 << (i & 7));
  }
  return packed;
}

function encodeValues(column: ParquetColumn, present: Present | undefined): Uint8Array {
  if (column.type === 'string') return encodeTexts(column.values);
  const values = present
    ? (column.values as Float64Array).filter((_, row) => present[row] === 1)
    : column.values;
  if (column.type === 'boolean') return packBits(values as Uint8Array);
  // Little endian, as every machine that runs this.
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Each with its length in four bytes before it. */
function encodeTexts(texts: readonly (string | null)[]): Uint8Array {
  const encoder = new TextEncoder();
  let most = 0;
  for (const text of texts) if (text !== null) most += 4 + 3 * text.length;
  const bytes = new Uint8Array(most);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const text of texts) {
    if (text === null) continue;
    const { written } = encoder.encodeInto(text, bytes.subarray(at + 4));
    view.setUint32(at, written, true);
    at += 4 + written;
  }
  return bytes.subarray(0, at);
}
