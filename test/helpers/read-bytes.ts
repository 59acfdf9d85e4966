import { readFileSync } from 'node:fs';
import { Random } from '#core/random.ts';
import { TableCollector } from '#core/table/collect.ts';
import { CsvReader } from '#core/table/csv-reader.ts';
import type { Kind, ReadSummary, TableReader } from '#core/table/reader.ts';
import { type Table, textAt } from '#core/table/table.ts';

const root = new URL('../../', import.meta.url).pathname;

export interface Read extends ReadSummary {
  readonly table: Table;
}

type Made = (options: {
  onTable: (table: Table) => void;
  kinds: ReadonlyMap<string, Kind> | undefined;
}) => TableReader;

/** Reads bytes in pieces; a second time where kinds turned out otherwise, as registration does. */
export function readBytes(bytes: Uint8Array, make: Made, piece = bytes.length || 1): Read {
  const first = readOnce(bytes, make, piece, undefined);
  if (first.retype.length === 0) return first;
  const kinds = first.columns.map(({ name, kind }): [string, Kind] => [
    name,
    first.retype.includes(name) ? 'text' : kind,
  ]);
  return readOnce(bytes, make, piece, new Map(kinds));
}

function readOnce(
  bytes: Uint8Array,
  make: Made,
  piece: number,
  kinds: ReadonlyMap<string, Kind> | undefined,
): Read {
  const tables: Table[] = [];
  const reader = make({ onTable: (table) => tables.push(table), kinds });
  for (let at = 0; at < bytes.length; at += piece) reader.push(bytes.subarray(at, at + piece));
  const summary = reader.end();
  const collector = new TableCollector({ rows: summary.rows, random: new Random(1) });
  for (const table of tables) collector.add(table);
  return { ...summary, table: collector.table(summary.columns.map(({ name }) => name)) };
}

export const readCsv = (text: string | Uint8Array, piece?: number): Read =>
  readBytes(
    typeof text === 'string' ? new TextEncoder().encode(text) : text,
    (options) => new CsvReader(options),
    piece,
  );

export const exampleTable = (name: string): Table =>
  readCsv(readFileSync(`${root}examples/${name}/sample.csv`)).table;

/** Every cell as text, null where it is missing. */
export const cells = ({ rows, columns }: Table): (string | null)[][] =>
  Array.from({ length: rows }, (_, row) => columns.map((c) => textAt(c, row) ?? null));
