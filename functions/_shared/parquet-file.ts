import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { AppError } from '#core/errors.ts';

/** Bytes that can be read in ranges, more than once. */
export interface DataFile {
  readonly sizeBytes: number;
  /** All of it where no range is given. */
  readonly read: (offset?: number, length?: number) => AsyncIterable<Uint8Array>;
}

/** A file as hyparquet reads it, and why reading it failed, where that was not its content. */
export function parquetBuffer(file: DataFile): {
  readonly buffer: AsyncBuffer;
  readonly failure: () => unknown;
} {
  let failure: unknown;
  const buffer: AsyncBuffer = {
    byteLength: file.sizeBytes,
    slice: (start, end = file.sizeBytes) =>
      readRange(file, start, end).catch((error: unknown) => {
        failure = error;
        throw error;
      }),
  };
  return { buffer, failure: () => failure };
}

/** What hyparquet says of a file, as an error of whoever brought it. */
export function parquetError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new AppError('unprocessable', `the Parquet file cannot be read: ${reason}`);
}

async function readRange(file: DataFile, start: number, end: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(end - start);
  let filled = 0;
  for await (const chunk of file.read(start, end - start)) {
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  return bytes.buffer;
}

export const compressors = {
  GZIP: (input: Uint8Array, length: number) => gunzipSync(input, { maxOutputLength: length }),
  ZSTD: (input: Uint8Array, length: number) =>
    zstdDecompressSync(input, { maxOutputLength: length }),
  BROTLI: (input: Uint8Array, length: number) =>
    brotliDecompressSync(input, { maxOutputLength: length }),
};

/** @throws AppError where a column is nested */
export function topLevelColumns({ schema }: FileMetaData): string[] {
  const [, ...columns] = schema;
  const nested = columns.find(
    ({ num_children, repetition_type }) => num_children || repetition_type === 'REPEATED',
  );
  if (!nested) return columns.map(({ name }) => name);
  throw new AppError(
    'unprocessable',
    `the column "${nested.name}" is nested: give its parts columns of their own`,
  );
}
