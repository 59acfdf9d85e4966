import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { type CsvGiven, type Encoding, findEncoding, findLayout } from '#core/batch/layout.ts';
import { RecordReader, type TextRecord } from '#core/batch/records.ts';
import type { Piece } from '#core/batch/shards.ts';
import { AppError } from '#core/errors.ts';
import type { JobObject } from '#slices/jobs';
import { csvFiller, type FillRow } from './csv-rows.ts';
import type { RowBatch } from './row-batch.ts';
import { jsonFiller } from './value-rows.ts';

const HEAD_BYTES = 2 ** 18;
/** Read at a time: records of so many bytes are in memory, and die young. */
const SLICE_BYTES = 2 ** 17;

/** What a worker has to know to read a piece of text. */
export interface TextSource {
  readonly object: JobObject;
  readonly piece: Piece;
  /** Bytes of the object as they are stored. */
  readonly read: (offset?: number, length?: number) => AsyncIterable<Uint8Array>;
  readonly given: CsvGiven & { readonly encoding?: Encoding | undefined };
  readonly key?: string | undefined;
  readonly exact: boolean;
}

/** Rows that came together, and what puts each into the batch. */
interface Filled {
  readonly records: readonly TextRecord[];
  readonly fill: FillRow<TextRecord>;
}

/** The rows of a piece in their order. */
export async function* textRows(source: TextSource, batch: RowBatch): AsyncGenerator<Filled> {
  let opened: Opened | undefined;
  let found: TextRecord[] = [];
  const onRecord = (record: TextRecord) => void found.push(record);
  for await (const chunk of slices(decoded(source))) {
    opened ??= open(source, batch, chunk, onRecord);
    opened.records.push(chunk);
    const { fill, skip } = opened;
    opened.skip = Math.max(0, skip - found.length);
    yield { records: skip > 0 ? found.slice(skip) : found, fill };
    found = [];
  }
  if (!opened) throw new AppError('unprocessable', 'it is empty');
  opened.records.end();
  const { fill, skip } = opened;
  yield { records: found.slice(skip), fill };
}

interface Opened {
  readonly records: RecordReader;
  readonly fill: FillRow<TextRecord>;
  /** Records that are no rows: the header. */
  skip: number;
}

function open(
  { object, piece, given, key, exact }: TextSource,
  batch: RowBatch,
  first: Uint8Array,
  onRecord: (record: TextRecord) => void,
): Opened {
  const line = piece.line ?? 1;
  if (object.format === 'jsonl') {
    const records = new RecordReader({ separator: undefined, line, onRecord });
    return { records, fill: jsonFiller(batch, exact, key), skip: 0 };
  }
  const layout =
    layoutOf(object) ??
    findLayout(
      first,
      batch.slots.map(({ name }) => name),
      given,
    );
  const records = new RecordReader({ separator: layout.separator, line, onRecord });
  const skip = layout.header && (piece.from ?? 0) === 0 ? 1 : 0;
  return { records, fill: csvFiller(batch, layout, key), skip };
}

/** What the plan has found out already. */
const layoutOf = ({ separator, names, header }: JobObject) =>
  separator !== undefined && names && header !== undefined
    ? { separator, names, header }
    : undefined;

/** Text in UTF-8 without a mark, whatever it is stored as; the first piece is its beginning. */
async function* decoded(source: TextSource): AsyncGenerator<Uint8Array> {
  const stored = unpacked(source);
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let isFirst = (source.piece.from ?? 0) === 0;
  let encoding = source.given.encoding ?? source.object.encoding;
  for await (const chunk of withHead(stored)) {
    encoding ??= findEncoding(chunk.subarray(0, HEAD_BYTES));
    if (encoding === 'utf-8') yield isFirst ? withoutMark(chunk) : chunk;
    else {
      decoder ??= new TextDecoder(encoding);
      yield Buffer.from(decoder.decode(chunk, { stream: true }));
    }
    isFirst = false;
  }
  if (decoder) yield Buffer.from(decoder.decode());
}

const withoutMark = (bytes: Uint8Array): Uint8Array =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;

/** With a first chunk that is long enough to look at. */
async function* withHead(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array[] | undefined = [];
  let length = 0;
  for await (const chunk of chunks) {
    if (!head) yield chunk;
    else {
      head.push(chunk);
      length += chunk.length;
      if (length < HEAD_BYTES) continue;
      yield head.length === 1 ? chunk : Buffer.concat(head);
      head = undefined;
    }
  }
  if (head && length > 0) yield Buffer.concat(head);
}

async function* unpacked({ object, piece, read }: TextSource): AsyncGenerator<Uint8Array> {
  const { from = 0, to = object.size } = piece;
  const stored = read(from, to - from);
  if (!object.compression) return yield* stored;
  const unpacker = object.compression === 'gzip' ? createGunzip() : createZstdDecompress();
  const moving = pipeline(Readable.from(stored), unpacker);
  // The loop below meets the same error.
  moving.catch(() => {});
  try {
    yield* unpacker as AsyncIterable<Uint8Array>;
    await moving;
  } catch (error) {
    if (!/^(Z_|ZSTD_|ERR_ZSTD)/.test(String((error as { code?: string }).code))) throw error;
    throw new AppError(
      'unprocessable',
      `the ${object.compression} file is damaged or ends too early`,
    );
  }
}

async function* slices(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
      yield chunk.subarray(at, at + SLICE_BYTES);
    }
  }
}
