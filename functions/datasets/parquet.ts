import { type AsyncBuffer, parquetMetadataAsync, parquetScan } from 'hyparquet';
import { AppError } from '#core/errors.ts';
import { MAX_CELLS } from '#core/table/collect.ts';
import type { ColumnKind, Kind, ReadSummary } from '#core/table/reader.ts';
import type { Column, Table } from '#core/table/table.ts';
import {
  compressors,
  type DataFile,
  parquetBuffer,
  parquetError,
  topLevelColumns,
} from '#shared/parquet-file.ts';

interface ParquetOptions {
  readonly onTable: (table: Table) => void;
  readonly kinds?: ReadonlyMap<string, Kind> | undefined;
  readonly select?: ReadonlySet<string> | undefined;
}

/**
 * Reads a Parquet file row group by row group, column by column: numbers as numbers, everything
 * else as texts (booleans, dates and times in ISO 8601, integers beyond 2⁵³).
 *
 * @throws AppError `unprocessable` naming the column where it is nested, or what hyparquet says
 */
export async function readParquet(file: DataFile, options: ParquetOptions): Promise<ReadSummary> {
  const { buffer, failure } = parquetBuffer(file);
  try {
    return await readGroups(buffer, options);
  } catch (error) {
    throw failure() ?? parquetError(error);
  }
}

async function readGroups(file: AsyncBuffer, options: ParquetOptions): Promise<ReadSummary> {
  const metadata = await parquetMetadataAsync(file);
  const names = topLevelColumns(metadata);
  const wanted = names.filter((name) => !options.select || options.select.has(name));
  const kinds = new Map<string, Kind>(options.kinds);
  const retype = new Set<string>();
  let rows = 0;
  for (const group of metadata.row_groups) {
    const groupRows = Number(group.num_rows);
    checkCells(groupRows, wanted.length);
    const columns: Column[] = [];
    for (const name of wanted) {
      // A scan keeps what it read: one for each column chunk holds the least.
      const scan = await parquetScan({ file, metadata, compressors, columns: [name] });
      const range = { column: name, rowStart: rows, rowEnd: rows + groupRows };
      const values = groupRows > 0 ? await scan.readColumn(range) : [];
      columns.push(toColumn(name, values, { kinds, retype }));
    }
    rows += groupRows;
    if (groupRows > 0) options.onTable({ rows: groupRows, columns });
  }
  const columns: ColumnKind[] = names.map((name) => ({ name, kind: kinds.get(name) ?? 'numeric' }));
  return { rows, columns, retype: [...retype] };
}

function checkCells(rows: number, columns: number): void {
  if (rows * columns <= MAX_CELLS) return;
  throw new AppError(
    'too-large',
    `a row group has ${rows * columns} cells, at most ${MAX_CELLS} are read at once: write the file with smaller row groups`,
  );
}

interface Found {
  readonly kinds: Map<string, Kind>;
  readonly retype: Set<string>;
}

function toColumn(name: string, values: ArrayLike<unknown>, { kinds, retype }: Found): Column {
  const kind = kinds.get(name) ?? kindOf(values);
  if (kind) kinds.set(name, kind);
  if (kind === 'text') return textColumn(name, values);
  const { numbers, isNumeric } = toNumbers(values);
  if (!isNumeric) retype.add(name);
  return { name, kind: 'numeric', values: numbers };
}

/** Undefined where all values are missing. */
function kindOf(values: ArrayLike<unknown>): Kind | undefined {
  if (values instanceof Float64Array || values instanceof Float32Array) return 'numeric';
  let kind: Kind | undefined;
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (value === null || value === undefined) continue;
    if (typeof value !== 'number' && !(typeof value === 'bigint' && isSafe(value))) return 'text';
    kind = 'numeric';
  }
  return kind;
}

const isSafe = (value: bigint): boolean =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER);

function toNumbers(values: ArrayLike<unknown>): { numbers: Float64Array; isNumeric: boolean } {
  if (values instanceof Float64Array) return { numbers: values, isNumeric: true };
  const numbers = new Float64Array(values.length);
  let isNumeric = true;
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (typeof value === 'number') numbers[row] = value;
    else if (value === null || value === undefined) numbers[row] = Number.NaN;
    else if (typeof value === 'bigint' && isSafe(value)) numbers[row] = Number(value);
    else {
      numbers[row] = Number.NaN;
      isNumeric = false;
    }
  }
  return { numbers, isNumeric };
}

function textColumn(name: string, values: ArrayLike<unknown>): Column {
  const codes = new Int32Array(values.length);
  const known = new Map<string, number>();
  for (let row = 0; row < values.length; row++) {
    const text = textOf(values[row], name);
    if (text === undefined) codes[row] = -1;
    else {
      let code = known.get(text);
      if (code === undefined) {
        code = known.size;
        known.set(text, code);
      }
      codes[row] = code;
    }
  }
  return { name, kind: 'text', codes, categories: [...known.keys()] };
}

function textOf(value: unknown, name: string): string | undefined {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return undefined;
  if (typeof value !== 'object') return String(value);
  if (value instanceof Date) return dateText(value);
  throw new AppError('unprocessable', `the column "${name}" holds neither numbers nor texts`);
}

/** A day without a time of day is written as a day. */
function dateText(date: Date): string {
  const text = date.toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text;
}
