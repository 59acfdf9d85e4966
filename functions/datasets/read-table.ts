import { AppError } from '#core/errors.ts';
import { Random } from '#core/random.ts';
import { TableCollector } from '#core/table/collect.ts';
import type { Table } from '#core/table/table.ts';
import { ObjectReader } from '#shared/object-streams.ts';
import type { ObjectRef } from '#shared/objects.ts';
import type { DataFile } from '#shared/parquet-file.ts';
import { readDataFile } from './data-file.ts';
import type { Dataset } from './schema.ts';
import { settings } from './settings.ts';

interface TableOptions {
  /** Only these columns, in this order; all where it is left out. */
  readonly columns?: readonly string[] | undefined;
  /** More than these are sampled. */
  readonly maxRows?: number | undefined;
  readonly seed: number;
}

export const datasetRef = (digest: string): ObjectRef => ({
  bucket: settings().DATA_BUCKET,
  key: `datasets/sha256/${digest}`,
});

/**
 * Reads a dataset, or a simple random sample of its rows in their order: the same rows for the
 * same seed.
 *
 * @throws AppError `invalid` for a column that it does not have, `too-large` where it does not fit
 *   in memory
 */
export async function readTable(dataset: Dataset, options: TableOptions): Promise<Table> {
  const reader = new ObjectReader(datasetRef(dataset.digest), dataset.sizeBytes);
  const read = (offset?: number, length?: number) => reader.read(offset, length);
  return collectTable(dataset, { sizeBytes: dataset.sizeBytes, read }, options);
}

/** As `readTable`, from a file that is at hand. */
export async function collectTable(
  { name, rows, columns, format, compression, separator }: Dataset,
  file: DataFile,
  { columns: wanted, maxRows, seed }: TableOptions,
): Promise<Table> {
  const kinds = new Map(columns.map((column) => [column.name, column.kind]));
  const unknown = wanted?.find((column) => !kinds.has(column));
  if (unknown !== undefined) {
    throw new AppError('invalid', `dataset "${name}" has no column "${unknown}"`);
  }
  const collector = new TableCollector({ rows, maxRows, random: new Random(seed) });
  const select = wanted && new Set(wanted);
  const onTable = (table: Table) => collector.add(table);
  await readDataFile(file, { format, compression }, { kinds, select, separator, onTable });
  return collector.table(wanted ?? columns.map((column) => column.name));
}
