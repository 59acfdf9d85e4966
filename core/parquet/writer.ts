import { encodePage, type ParquetColumn } from './pages.ts';
import { encodeThrift, type Fields, type Value } from './thrift.ts';

/*
 * Parquet files of flat columns (apache/parquet-format): every column may have gaps, values lie
 * plainly in one compressed page per row group and column. Libraries do more, and would take a third
 * of the prediction path's bundle and several times as long for a small file (docs/capture.md).
 */

const MAGIC = new TextEncoder().encode('PAR1');
const OPTIONAL = 1;
const PLAIN = 0;
const RLE = 3;
const GZIP = 2;

/** Numbers of the format: physical type, and what it means where that is more. */
const TYPES: Readonly<Record<ParquetColumn['type'], readonly [number, number?]>> = {
  boolean: [0],
  int32: [1],
  int64: [2],
  uint64: [2, 14],
  timestamp: [2, 9],
  float: [4],
  double: [5],
  string: [6, 0],
};

/** Gzip, which every reader of the format knows; given by the caller. */
export type Compress = (bytes: Uint8Array) => Uint8Array;

export class ParquetWriter {
  readonly #compress: Compress;
  readonly #parts: Uint8Array[] = [MAGIC];
  readonly #groups: Value[] = [];
  #schema: Value[] | undefined;
  #length = MAGIC.length;
  #rows = 0;

  constructor(compress: Compress) {
    this.#compress = compress;
  }

  /** A row group; every one has the same columns, of the same length within it. */
  write(columns: readonly ParquetColumn[]): void {
    const rows = columns[0]?.values.length ?? 0;
    this.#schema ??= schemaOf(columns);
    const pages = columns.map((column) => this.#page(column));
    const chunks = pages.map((page) => this.#append(page, rows));
    this.#rows += rows;
    const bytes = pages.reduce((sum, page) => sum + page.header.length + page.plainBytes, 0);
    const group: Fields = [
      [1, { list: chunks }],
      [2, { i64: bytes }],
      [3, { i64: rows }],
    ];
    this.#groups.push({ fields: group });
  }

  /** What is ready of the file and was not taken yet, so that a long one is not kept. */
  take(): Uint8Array {
    return concat(this.#parts.splice(0));
  }

  /** The file, or what is left of it to take. @param facts about it, for its metadata */
  finish(facts: Readonly<Record<string, string>> = {}): Uint8Array {
    const keyValues = Object.entries(facts).map(
      ([key, value]): Value => ({
        fields: [
          [1, { text: key }],
          [2, { text: value }],
        ],
      }),
    );
    const footer = encodeThrift([
      [1, { i32: 1 }],
      [2, { list: this.#schema ?? schemaOf([]) }],
      [3, { i64: this.#rows }],
      [4, { list: this.#groups }],
      ...(keyValues.length > 0 ? [[5, { list: keyValues }] as const] : []),
      [6, { text: 'skiff' }],
    ]);
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, footer.length, true);
    return concat([...this.#parts, footer, length, MAGIC]);
  }

  #page(column: ParquetColumn): Page {
    const plain = encodePage(column);
    const body = this.#compress(plain);
    const data: Fields = [
      [1, { i32: column.values.length }],
      [2, { i32: PLAIN }],
      [3, { i32: RLE }],
      [4, { i32: RLE }],
    ];
    const header = encodeThrift([
      [1, { i32: 0 }],
      [2, { i32: plain.length }],
      [3, { i32: body.length }],
      [5, { fields: data }],
    ]);
    return { column, header, body, plainBytes: plain.length };
  }

  #append({ column, header, body, plainBytes }: Page, rows: number): Value {
    const offset = this.#length;
    this.#parts.push(header, body);
    this.#length += header.length + body.length;
    const about: Fields = [
      [1, { i32: TYPES[column.type][0] }],
      [2, { list: [{ i32: PLAIN }, { i32: RLE }] }],
      [3, { list: [{ text: column.name }] }],
      [4, { i32: GZIP }],
      [5, { i64: rows }],
      [6, { i64: header.length + plainBytes }],
      [7, { i64: header.length + body.length }],
      [9, { i64: offset }],
    ];
    return {
      fields: [
        [2, { i64: offset }],
        [3, { fields: about }],
      ],
    };
  }
}

interface Page {
  readonly column: ParquetColumn;
  readonly header: Uint8Array;
  readonly body: Uint8Array;
  readonly plainBytes: number;
}

function schemaOf(columns: readonly ParquetColumn[]): Value[] {
  const root: Fields = [
    [4, { text: 'root' }],
    [5, { i32: columns.length }],
  ];
  return [{ fields: root }, ...columns.map(elementOf)];
}

function elementOf({ name, type }: ParquetColumn): Value {
  const [physical, meaning] = TYPES[type];
  return {
    fields: [
      [1, { i32: physical }],
      [3, { i32: OPTIONAL }],
      [4, { text: name }],
      ...(meaning === undefined ? [] : [[6, { i32: meaning }] as const]),
    ],
  };
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
