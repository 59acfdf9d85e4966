import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { AppError } from '#core/errors.ts';
import { CsvReader } from '#core/table/csv-reader.ts';
import { JsonLinesReader } from '#core/table/jsonl-reader.ts';
import type { Kind, ReadSummary, TableReader } from '#core/table/reader.ts';
import type { Table } from '#core/table/table.ts';
import type { DataFile } from '#shared/parquet-file.ts';
import { readParquet } from './parquet.ts';
import type { Dataset } from './schema.ts';
import { settings } from './settings.ts';

export type FileForm = Pick<Dataset, 'format' | 'compression'>;

interface ReadOptions {
  readonly onTable: (table: Table) => void;
  readonly kinds?: ReadonlyMap<string, Kind> | undefined;
  readonly select?: ReadonlySet<string> | undefined;
  readonly separator?: string | undefined;
}

/**
 * Reads a file of any format, handing out tables of some thousand rows.
 * @throws AppError `unprocessable` naming line or column
 */
export async function readDataFile(
  file: DataFile,
  form: FileForm,
  options: ReadOptions,
): Promise<ReadSummary & { separator?: string | undefined }> {
  if (form.format === 'parquet') return readParquet(file, options);
  const reader = form.format === 'csv' ? new CsvReader(options) : new JsonLinesReader(options);
  await unpack(file.read(), form.compression, reader);
  const summary = reader.end();
  return reader instanceof CsvReader ? { ...summary, separator: reader.separator } : summary;
}

async function unpack(
  chunks: AsyncIterable<Uint8Array>,
  compression: Dataset['compression'],
  reader: TableReader,
): Promise<void> {
  if (!compression) {
    for await (const chunk of chunks) reader.push(chunk);
    return;
  }
  const unpacker = compression === 'gzip' ? createGunzip() : createZstdDecompress();
  try {
    await pipeline(Readable.from(chunks), unpacker, (unpacked: AsyncIterable<Uint8Array>) =>
      pushBounded(unpacked, reader),
    );
  } catch (error) {
    if (!isZlib(error)) throw error;
    throw new AppError('unprocessable', `the ${compression} file is damaged or ends too early`);
  }
}

async function pushBounded(chunks: AsyncIterable<Uint8Array>, reader: TableReader): Promise<void> {
  const limit = settings().SKIFF_MAX_UNPACKED_BYTES;
  let total = 0;
  for await (const chunk of chunks) {
    total += chunk.length;
    if (total > limit) {
      throw new AppError('too-large', `the file unpacks to more than ${limit} bytes`);
    }
    reader.push(chunk);
  }
}

const isZlib = (error: unknown): boolean =>
  /^(Z_|ZSTD_|ERR_ZSTD)/.test(String((error as { code?: string } | null)?.code));
