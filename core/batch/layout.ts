import { AppError } from '../errors.ts';
import { findSeparator } from '../table/csv-dialect.ts';
import { splitRecord } from '../table/csv-fields.ts';

export const FORMATS = ['csv', 'jsonl', 'parquet'] as const;
export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const;
export type Format = (typeof FORMATS)[number];
export type Compression = 'gzip' | 'zstd';
export type Encoding = (typeof ENCODINGS)[number];

const EXTENSIONS: Readonly<Record<string, Format>> = {
  csv: 'csv',
  tsv: 'csv',
  txt: 'csv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  json: 'jsonl',
  parquet: 'parquet',
};
const COMPRESSIONS: Readonly<Record<string, Compression>> = {
  gz: 'gzip',
  gzip: 'gzip',
  zst: 'zstd',
  zstd: 'zstd',
};

/**
 * Format and compression by an object's name.
 * @throws AppError `unprocessable` where the name does not say the format and nobody else did
 */
export function formOf(
  key: string,
  said?: Format,
): { readonly format: Format; readonly compression?: Compression } {
  const endings = key.toLowerCase().split('/').at(-1)?.split('.').slice(1) ?? [];
  const compression = COMPRESSIONS[endings.at(-1) ?? ''];
  const format = said ?? EXTENSIONS[endings.at(compression ? -2 : -1) ?? ''];
  if (!format) {
    throw new AppError(
      'unprocessable',
      `"${key}" does not say its format: give "format", or name it .csv, .jsonl or .parquet`,
    );
  }
  return compression && format !== 'parquet' ? { format, compression } : { format };
}

/** What a file of text is written in, where nobody said: its mark, else what its beginning can be. */
export function findEncoding(head: Uint8Array): Encoding {
  const mark = ((head[0] ?? 0) << 8) | (head[1] ?? 0);
  if (mark === 0xfffe) return 'utf-16le';
  if (mark === 0xfeff) return 'utf-16be';
  try {
    // A character may be cut off at the end.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}

/** How a CSV file is to be read. */
export interface CsvLayout {
  readonly separator: string;
  readonly names: readonly string[];
  /** Whether the first record is the names. */
  readonly header: boolean;
}

export interface CsvGiven {
  readonly separator?: string | undefined;
  readonly header?: boolean | undefined;
  /** Names of the columns of a file without a header. */
  readonly columns?: readonly string[] | undefined;
}

/**
 * What was given, and the rest from the first records: there is a header where the first record
 * names one of the model's columns; without one, columns are the model's in their order.
 *
 * @param head its beginning in UTF-8, without a mark
 * @throws AppError `unprocessable` where columns can be told neither by name nor by number
 */
export function findLayout(
  head: Uint8Array,
  features: readonly string[],
  given: CsvGiven,
): CsvLayout {
  const separator = given.separator ?? findSeparator(head);
  const first = firstRecord(head, separator);
  const known = new Set(features);
  const header = given.header ?? (!given.columns && first.some((name) => known.has(name)));
  if (header) return { separator, names: distinct(first), header };
  const names = given.columns ?? features;
  if (names.length !== first.length) {
    throw new AppError(
      'unprocessable',
      `its first line has ${first.length} fields and names none of the model's columns, which are ${features.length}: add a header, or give "columns"`,
    );
  }
  return { separator, names, header };
}

function firstRecord(head: Uint8Array, separator: string): string[] {
  let start = 0;
  while (start < head.length && (head[start] === 10 || head[start] === 13)) start++;
  const padded = new Uint8Array(head.length + 2);
  padded.set(head);
  padded[head.length] = 10;
  const record = splitRecord(padded, start, head.length + 1, separator.charCodeAt(0));
  const decoder = new TextDecoder();
  if (record) return record.fields.map((field) => decoder.decode(field).trim());
  throw new AppError('unprocessable', 'its first line has a quote that is never closed');
}

function distinct(names: readonly string[]): readonly string[] {
  const again = names.find((name, i) => name !== '' && names.indexOf(name) < i);
  if (again === undefined) return names;
  throw new AppError('unprocessable', `the column "${again}" stands twice in its header`);
}
