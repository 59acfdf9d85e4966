import { constants, gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { DataFile } from '#shared/parquet-file.ts';
import type { FileForm } from './data-file.ts';
import type { Dataset, Format } from './schema.ts';

const HEAD_BYTES = 65_536;
const EXTENSIONS: Record<string, Format> = {
  csv: 'csv',
  tsv: 'csv',
  txt: 'csv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  parquet: 'parquet',
};

/** Format and compression, by what was said, the file's first bytes, and its name. */
export async function findForm(
  file: DataFile,
  said: Format | undefined,
  fileName: string | undefined,
): Promise<FileForm> {
  const head = await readHead(file);
  const compression = findCompression(head);
  const format = said ?? findFormat(head, compression, fileName);
  return compression ? { format, compression } : { format };
}

async function readHead(file: DataFile): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  const length = Math.min(file.sizeBytes, HEAD_BYTES);
  for await (const piece of file.read(0, length)) pieces.push(piece);
  return Buffer.concat(pieces);
}

function findCompression(head: Buffer): Dataset['compression'] {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  return head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528 ? 'zstd' : undefined;
}

function findFormat(
  head: Buffer,
  compression: Dataset['compression'],
  fileName: string | undefined,
): Format {
  if (head.subarray(0, 4).toString('latin1') === 'PAR1') return 'parquet';
  const extension = fileName
    ?.replace(/\.(gz|zst|zstd)$/i, '')
    .split('.')
    .at(-1)
    ?.toLowerCase();
  const named = extension === undefined ? undefined : EXTENSIONS[extension];
  if (named) return named;
  return beginning(head, compression).trimStart().startsWith('{') ? 'jsonl' : 'csv';
}

function beginning(head: Buffer, compression: Dataset['compression']): string {
  try {
    return unpackStart(head, compression)
      .toString('utf8')
      .replace(/^\ufeff/, '');
  } catch {
    // Damaged: reading the whole will say so.
    return '';
  }
}

function unpackStart(head: Buffer, compression: Dataset['compression']): Buffer {
  const limit = { maxOutputLength: 2 ** 24 };
  if (compression === 'gzip') {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH, ...limit });
  }
  if (compression === 'zstd') {
    return zstdDecompressSync(head, { finishFlush: constants.ZSTD_e_flush, ...limit });
  }
  return head;
}
