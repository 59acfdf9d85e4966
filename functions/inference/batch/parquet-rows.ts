import { parquetMetadataAsync, parquetScan } from 'hyparquet';
import type { Piece } from '#core/batch/shards.ts';
import { AppError } from '#core/errors.ts';
import {
  compressors,
  type DataFile,
  parquetBuffer,
  parquetError,
  topLevelColumns,
} from '#shared/parquet-file.ts';
import { checkColumns } from './csv-rows.ts';
import type { RowBatch } from './row-batch.ts';

/** What a worker holds of one row group, decoded. */
const MAX_CELLS = 30_000_000;

type Columns = ReadonlyMap<string, ArrayLike<unknown>>;

/** Row groups of a Parquet file, the columns that the model takes and the key. */
export async function* parquetGroups(
  file: DataFile,
  { from = 0, to }: Piece,
  batch: RowBatch,
  key?: string,
): AsyncGenerator<{ rows: number; columns: Columns }> {
  const { buffer, failure } = parquetBuffer(file);
  try {
    const metadata = await parquetMetadataAsync(buffer);
    const names = topLevelColumns(metadata);
    checkColumns(batch, names, key);
    const wanted = names.filter(
      (name) => name === key || batch.slots.some((slot) => slot.name === name),
    );
    for (const group of metadata.row_groups.slice(from, to)) {
      const rows = Number(group.num_rows);
      if (rows === 0) continue;
      checkCells(rows * wanted.length);
      // A scan plans all groups that it is told of, and keeps what it read: one for each column
      // chunk holds the least.
      const own = { file: buffer, metadata: { ...metadata, row_groups: [group] }, compressors };
      const columns = new Map<string, ArrayLike<unknown>>();
      for (const name of wanted) {
        const scan = await parquetScan({ ...own, columns: [name] });
        columns.set(name, await scan.readColumn({ column: name, rowStart: 0, rowEnd: rows }));
      }
      yield { rows, columns };
    }
  } catch (error) {
    throw failure() ?? parquetError(error);
  }
}

export const rowOf = (columns: Columns, row: number): Record<string, unknown> =>
  Object.fromEntries([...columns].map(([name, values]) => [name, values[row]]));

function checkCells(cells: number): void {
  if (cells <= MAX_CELLS) return;
  throw new AppError(
    'too-large',
    `a row group has ${cells} cells that are read, at most ${MAX_CELLS} fit: write smaller row groups`,
  );
}
