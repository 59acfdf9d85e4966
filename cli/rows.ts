import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { CsvReader } from '#core/table/csv-reader.ts';
import type { Kind } from '#core/table/reader.ts';
import { isMissing, type Table, textAt } from '#core/table/table.ts';
import { Problem } from './command.ts';

export type Row = Record<string, unknown>;

/** What a model's signature says of a column. */
export interface Feature {
  readonly name: string;
  readonly type: string;
  readonly categories?: readonly (string | number)[] | undefined;
}

/**
 * Rows of a CSV, JSON or JSON Lines file, or of standard input (`-`).
 *
 * @param features tell numbers from texts that look like numbers
 * @throws Problem where it holds no rows
 */
export async function readRows(file: string, features: readonly Feature[]): Promise<Row[]> {
  const bytes = file === '-' ? await buffer(process.stdin) : await readFile(file);
  const text = bytes.toString('utf8').trim();
  if (text === '') throw new Problem('there are no rows: give a file, or pipe them in');
  const isJson = /^[{[]/.test(text);
  const rows = isJson ? jsonRows(text) : csvRows(bytes, features);
  if (rows.length === 0) throw new Problem('there are no rows in it');
  return rows;
}

/** A list of objects, `{"rows": […]}`, one object, or one object a line. */
function jsonRows(text: string): Row[] {
  const whole = parse(text);
  if (Array.isArray(whole)) return whole;
  if (whole && Array.isArray(whole.rows)) return whole.rows;
  if (whole) return [whole];
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, i) => {
      const row = parse(line);
      if (row && !Array.isArray(row)) return row;
      throw new Problem(`line ${i + 1} is no JSON object`);
    });
}

function parse(text: string): Row | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const NUMERIC = new Set(['number', 'integer']);

function csvRows(bytes: Uint8Array, features: readonly Feature[]): Row[] {
  const kinds = new Map<string, Kind>();
  for (const { name, type, categories = [] } of features) {
    if (NUMERIC.has(type)) kinds.set(name, 'numeric');
    else if (categories.every((c) => typeof c === 'string')) kinds.set(name, 'text');
  }
  const booleans = new Set(features.filter((f) => f.type === 'boolean').map((f) => f.name));
  const first = readTables(bytes, kinds);
  for (const name of first.retype) kinds.set(name, 'text');
  const { tables } = first.retype.length > 0 ? readTables(bytes, kinds) : first;
  return tables.flatMap((table) => rowsOf(table, booleans));
}

function readTables(bytes: Uint8Array, kinds: ReadonlyMap<string, Kind>) {
  const tables: Table[] = [];
  const reader = new CsvReader({ onTable: (table) => tables.push(table), kinds });
  reader.push(bytes);
  return { tables, retype: reader.end().retype };
}

function rowsOf(table: Table, booleans: ReadonlySet<string>): Row[] {
  return Array.from({ length: table.rows }, (_, row) =>
    Object.fromEntries(
      table.columns.map((column) => {
        if (isMissing(column, row)) return [column.name, null];
        if (column.kind === 'numeric') return [column.name, column.values[row]];
        const text = textAt(column, row);
        if (booleans.has(column.name) && /^(true|false)$/i.test(text ?? '')) {
          return [column.name, /^true$/i.test(text ?? '')];
        }
        return [column.name, text];
      }),
    ),
  );
}
