import { parquetMetadataAsync } from 'hyparquet';
import { type CsvLayout, findEncoding, findLayout } from '#core/batch/layout.ts';
import { RecordReader, type TextRecord } from '#core/batch/records.ts';
import type { SizedPiece } from '#core/batch/shards.ts';
import { AppError } from '#core/errors.ts';
import { ObjectReader } from '#shared/object-streams.ts';
import { parquetBuffer, parquetError, topLevelColumns } from '#shared/parquet-file.ts';
import type { Job, JobObject } from './schema.ts';
import { settings } from './settings.ts';

const HEAD_BYTES = 2 ** 18;
const MARK_BYTES = 3;

interface Cut {
  readonly object: JobObject;
  readonly pieces: readonly SizedPiece[];
}

interface TextCutting {
  readonly index: number;
  readonly shardBytes: number;
  readonly features: readonly string[];
  readonly given: Job['input'];
}

/**
 * Cuts text where records end. Quotes may hold line ends, so that a cut is safe only for who has
 * read everything before it: the object is read once, which also tells each piece its rows and
 * lines. Text in other encodings than UTF-8 is read by one worker.
 */
export async function cutText(object: JobObject, cutting: TextCutting): Promise<Cut> {
  const { index, given } = cutting;
  const reader = readerOf(object);
  let cutter: TextCutter | undefined;
  let described = object;
  for await (const chunk of reader.read()) {
    if (!cutter) {
      const encoding = given.encoding ?? findEncoding(chunk.subarray(0, HEAD_BYTES));
      described = { ...object, encoding };
      if (encoding !== 'utf-8') return { object: described, pieces: [whole(object, index)] };
      const mark = hasMark(chunk) ? MARK_BYTES : 0;
      const head = chunk.subarray(mark, HEAD_BYTES + mark);
      const layout = object.format === 'csv' ? layoutOf(object, head, cutting) : undefined;
      described = { ...described, ...layout, names: layout && [...layout.names] };
      cutter = new TextCutter(cutting, layout, mark);
      cutter.push(chunk.subarray(mark));
    } else cutter.push(chunk);
  }
  return { object: described, pieces: (cutter as TextCutter).end() };
}

const whole = ({ size }: JobObject, index: number): SizedPiece => ({ object: index, bytes: size });

const hasMark = (bytes: Uint8Array): boolean =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;

function layoutOf({ key }: JobObject, head: Uint8Array, { features, given }: TextCutting) {
  try {
    return findLayout(head, features, given);
  } catch (error) {
    throw error instanceof AppError
      ? new AppError(error.code, `"${key}": ${error.message}`)
      : error;
  }
}

function readerOf({ key, size, etag }: JobObject): ObjectReader {
  const reader = new ObjectReader({ bucket: settings().DATA_BUCKET, key }, size);
  reader.etag = etag;
  return reader;
}

class TextCutter {
  readonly #index: number;
  readonly #shardBytes: number;
  readonly #records: RecordReader;
  readonly #mark: number;
  readonly #pieces: SizedPiece[] = [];
  /** Records that are no rows: the header. */
  #skip: number;
  #rows = 0;
  #begin: { from: number; row: number; line: number };

  constructor({ index, shardBytes }: TextCutting, layout: CsvLayout | undefined, mark: number) {
    this.#index = index;
    this.#shardBytes = shardBytes;
    this.#mark = mark;
    this.#skip = layout?.header ? 1 : 0;
    this.#begin = { from: 0, row: 0, line: 1 };
    const onRecord = (record: TextRecord) => this.#record(record);
    this.#records = new RecordReader({ separator: layout?.separator, onRecord });
  }

  push(bytes: Uint8Array): void {
    this.#records.push(bytes);
  }

  end(): SizedPiece[] {
    this.#records.end();
    this.#close(this.#records.offset + this.#mark);
    return this.#pieces;
  }

  /** Called where a record begins, when all before it are counted. */
  #record({ line }: TextRecord): void {
    const from = this.#records.offset + this.#mark;
    if (from - this.#begin.from >= this.#shardBytes && this.#skip === 0) {
      this.#close(from);
      this.#begin = { from, row: this.#rows, line };
    }
    if (this.#skip > 0) this.#skip--;
    else this.#rows++;
  }

  #close(to: number): void {
    const { from, row, line } = this.#begin;
    const rows = this.#rows - row;
    this.#pieces.push({ object: this.#index, from, to, row, line, rows, bytes: to - from });
  }
}

/** Cuts a Parquet file between row groups. */
export async function cutParquet(
  object: JobObject,
  { index, shardBytes }: { index: number; shardBytes: number },
): Promise<Cut> {
  const reader = readerOf(object);
  const read = (offset?: number, length?: number) => reader.read(offset, length);
  const { buffer, failure } = parquetBuffer({ sizeBytes: object.size, read });
  const metadata = await parquetMetadataAsync(buffer).catch((error: unknown) => {
    throw failure() ?? parquetError(error);
  });
  topLevelColumns(metadata);
  const pieces: SizedPiece[] = [];
  let row = 0;
  let begun: SizedPiece | undefined;
  for (const [group, { num_rows, total_byte_size }] of metadata.row_groups.entries()) {
    const rows = Number(num_rows);
    const before: SizedPiece = begun ?? {
      object: index,
      from: group,
      to: group,
      row,
      rows: 0,
      bytes: 0,
    };
    const bytes = before.bytes + Number(total_byte_size);
    begun = { ...before, to: group + 1, rows: (before.rows ?? 0) + rows, bytes };
    row += rows;
    if (bytes < shardBytes) continue;
    pieces.push(begun);
    begun = undefined;
  }
  if (begun) pieces.push(begun);
  return { object, pieces };
}
