import { hourPrefix, hoursOf, isCompact } from '#core/capture/keys.ts';
import {
  columnOf,
  type NumericColumn,
  type Table,
  type TextColumn,
  takeRows,
} from '#core/table/table.ts';
import { listKeys } from '#shared/object-streams.ts';
import { readObject } from '#shared/objects.ts';
import { factOf, openOwn, tableOf } from '#shared/own-parquet.ts';
import { REPLACES } from './compaction.ts';
import { passOver } from './pass-over.ts';
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
 * epoch), inputs `in_…` and outputs `out_…`. Files of different versions have different columns; one
 * that cannot be read is logged.
 */
export async function* readCaptures(query: CaptureQuery): AsyncGenerator<Table> {
  for (const hour of hoursOf(query.from, query.to)) {
    const keys: string[] = [];
    const prefix = hourPrefix(query.folder ?? 'captures', query.endpoint, hour);
    for await (const key of listKeys(settings().DATA_BUCKET, prefix)) keys.push(key);
    const replaced = new Set<string>();
    for (const wanted of [isCompact, (key: string) => !isCompact(key)]) {
      const rest = keys.filter((key) => wanted(key) && !replaced.has(key));
      for await (const { key, bytes } of ahead(rest)) {
        const found = await tableIn(bytes, query).catch((error) => passOver(key, error));
        // What one file stands for may be there still, where compacting broke off.
        for (const name of found?.replaces ?? []) replaced.add(name);
        if (found && found.table.rows > 0) yield found.table;
      }
    }
  }
}

interface Found {
  readonly table: Table;
  readonly replaces: readonly string[];
}

async function tableIn(bytes: Uint8Array, query: CaptureQuery): Promise<Found> {
  const file = openOwn(bytes);
  const select = query.columns && new Set([...FACTS, ...query.columns]);
  const table = takeAsked(await tableOf(file, select), query);
  return { table, replaces: JSON.parse(factOf(file, REPLACES) ?? '[]') };
}

interface ReadFile {
  readonly key: string;
  readonly bytes: Uint8Array;
}

const PARALLEL = 4;

/** Begins to read the next files while one is being looked at. */
async function* ahead(keys: readonly string[]): AsyncGenerator<ReadFile> {
  const { DATA_BUCKET: bucket } = settings();
  const running: Promise<ReadFile>[] = [];
  for (const key of keys) {
    const reading = readObject({ bucket, key }).then(({ bytes }) => ({ key, bytes }));
    // Whoever waits for it sees the error.
    reading.catch(() => {});
    running.push(reading);
    if (running.length >= PARALLEL) yield running.shift() as Promise<ReadFile>;
  }
  yield* running;
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
