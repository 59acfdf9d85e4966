import { gunzipSync } from 'node:zlib';
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { parquetMetadata, parquetScan } from 'hyparquet';
import { hourPrefix, hoursOf } from '#core/capture/keys.ts';
import {
  type Column,
  columnOf,
  type NumericColumn,
  type Table,
  type TextColumn,
  takeRows,
} from '#core/table/table.ts';
import { readObject, s3 } from '#shared/objects.ts';
import { settings } from './settings.ts';

export interface CaptureQuery {
  readonly endpoint: string;
  /** Milliseconds since the epoch, of the prediction. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly folder?: 'captures' | 'shadows';
  /** Only rows of this variant, and of this version. */
  readonly variant?: string | undefined;
  readonly version?: number | undefined;
  /** Only these columns, and those of facts; all where it is left out. */
  readonly columns?: readonly string[] | undefined;
}

/** Columns that every row has, whatever the model. */
const FACTS = [
  ...['prediction_id', 'row', 'at', 'revision', 'variant', 'model', 'version', 'latency_ms'],
  'unit',
];

/**
 * An endpoint's captures, file by file, as tables: facts of each row (`at` in milliseconds since the
 * epoch), inputs `in_…` and outputs `out_…`. Files of different versions have different columns.
 */
export async function* readCaptures(query: CaptureQuery): AsyncGenerator<Table> {
  for await (const bytes of ahead(keysOf(query))) {
    const table = takeAsked(await tableOf(bytes, query), query);
    if (table.rows > 0) yield table;
  }
}

const PARALLEL = 4;

/** Begins to read the next files while one is being looked at. */
async function* ahead(keys: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const { DATA_BUCKET: bucket } = settings();
  const running: Promise<Uint8Array>[] = [];
  for await (const key of keys) {
    const reading = readObject({ bucket, key }).then(({ bytes }) => bytes);
    // Whoever waits for it sees the error.
    reading.catch(() => {});
    running.push(reading);
    if (running.length >= PARALLEL) yield running.shift() as Promise<Uint8Array>;
  }
  yield* running;
}

async function* keysOf(query: CaptureQuery): AsyncGenerator<string> {
  const { endpoint, from, to, folder = 'captures' } = query;
  for (const hour of hoursOf(from, to)) {
    const Prefix = hourPrefix(folder, endpoint, hour);
    const input = { Bucket: settings().DATA_BUCKET, Prefix };
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, input)) {
      for (const { Key } of Contents) yield Key as string;
    }
  }
}

const compressors = {
  GZIP: (input: Uint8Array, length: number) => gunzipSync(input, { maxOutputLength: length }),
};

async function tableOf(bytes: Uint8Array, { columns: wanted }: CaptureQuery): Promise<Table> {
  const file = exactBuffer(bytes);
  const metadata = parquetMetadata(file);
  const select = wanted && new Set([...FACTS, ...wanted]);
  const elements = metadata.schema.slice(1).filter(({ name }) => !select || select.has(name));
  const names = elements.map(({ name }) => name);
  const rows = Number(metadata.num_rows);
  const scan = await parquetScan({ file, metadata, compressors, columns: names });
  const columns: Column[] = [];
  for (const { name, type } of elements) {
    const values = await scan.readColumn({ column: name, rowStart: 0, rowEnd: rows });
    const isText = type === 'BYTE_ARRAY' || type === 'BOOLEAN';
    columns.push(isText ? textColumn(name, values) : numericColumn(name, values));
  }
  return { rows, columns };
}

/** The rows of the time, variant and version that were asked for. */
function takeAsked(table: Table, { from, to, variant, version }: CaptureQuery): Table {
  const at = numbersOf(table, 'at');
  const versions = numbersOf(table, 'version');
  const variants = columnOf(table, 'variant') as TextColumn;
  const code = variant === undefined ? undefined : variants.categories.indexOf(variant);
  const rows: number[] = [];
  for (let row = 0; row < table.rows; row++) {
    const time = at[row] as number;
    if (time < from || time >= to) continue;
    if (code !== undefined && variants.codes[row] !== code) continue;
    if (version === undefined || versions[row] === version) rows.push(row);
  }
  return rows.length === table.rows ? table : takeRows(table, rows);
}

const numbersOf = (table: Table, name: string): Float64Array =>
  (columnOf(table, name) as NumericColumn).values;

const exactBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): ArrayBuffer =>
  buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;

/** Times in milliseconds; whole numbers beyond 2⁵³ rounded. */
const numericColumn = (name: string, values: ArrayLike<unknown>): Column => ({
  name,
  kind: 'numeric',
  values: Float64Array.from(values, (value) => (isNothing(value) ? Number.NaN : Number(value))),
});

function textColumn(name: string, values: ArrayLike<unknown>): Column {
  const known = new Map<string, number>();
  const codes = Int32Array.from(values, (value) => {
    if (isNothing(value)) return -1;
    const text = String(value);
    const code = known.get(text) ?? known.size;
    known.set(text, code);
    return code;
  });
  return { name, kind: 'text', codes, categories: [...known.keys()] };
}

const isNothing = (value: unknown): boolean => value === null || value === undefined;
