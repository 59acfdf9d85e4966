import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { AppError } from '#core/errors.ts';
import { changedMeanwhile, type ObjectRef, s3, statusOfS3 } from './objects.ts';

const BLOCK_BYTES = 8 * 2 ** 20;
/** The block that is read, the one after it, and one for a look back. */
const KEPT_BLOCKS = 3;

/** Reads ranges of one object of any size through a few blocks of it, the next one ahead of time. */
export class ObjectReader {
  private readonly ref: ObjectRef;
  private readonly sizeBytes: number;
  private readonly blocks = new Map<number, Promise<Uint8Array>>();
  /** Of the first block that came: an object that changes meanwhile is not mixed with itself. */
  etag: string | undefined;
  private last = -1;

  constructor(ref: ObjectRef, sizeBytes: number) {
    this.ref = ref;
    this.sizeBytes = sizeBytes;
  }

  /** @throws AppError `conflict` where the object is no longer the same */
  async *read(offset = 0, length = this.sizeBytes): AsyncGenerator<Uint8Array> {
    const end = offset + length;
    for (let at = offset; at < end; ) {
      const index = Math.floor(at / BLOCK_BYTES);
      const block = await this.block(index);
      const from = at - index * BLOCK_BYTES;
      const piece = block.subarray(from, Math.min(block.length, from + end - at));
      yield piece;
      at += piece.length;
    }
  }

  /** Lets go of what was read; the reader stays usable. */
  release(): void {
    this.blocks.clear();
    this.last = -1;
  }

  private async block(index: number): Promise<Uint8Array> {
    const block = this.fetch(index);
    const isNext = index === this.last + 1;
    this.last = index;
    const bytes = await block;
    if (isNext && (index + 1) * BLOCK_BYTES < this.sizeBytes) {
      // Whoever asks for it will see the error.
      this.fetch(index + 1).catch(() => undefined);
    }
    return bytes;
  }

  private fetch(index: number): Promise<Uint8Array> {
    const block = this.blocks.get(index) ?? this.load(index);
    this.blocks.delete(index);
    this.blocks.set(index, block);
    const [oldest] = this.blocks.keys();
    if (this.blocks.size > KEPT_BLOCKS) this.blocks.delete(oldest as number);
    return block;
  }

  private async load(index: number): Promise<Uint8Array> {
    const start = index * BLOCK_BYTES;
    const end = Math.min(start + BLOCK_BYTES, this.sizeBytes);
    const { bytes, etag } = await readRange(this.ref, { start, end, etag: this.etag });
    this.etag ??= etag;
    return bytes;
  }
}

interface Range {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly etag?: string | undefined;
}

/** @throws AppError `conflict` where the object is gone, or no longer that of the ETag */
export async function readRange({ bucket, key }: ObjectRef, { start, end, etag }: Range) {
  const { Body, ETag } = await getObject({
    Bucket: bucket,
    Key: key,
    Range: `bytes=${start}-${end - 1}`,
    ...(etag && { IfMatch: etag }),
  });
  const bytes = Buffer.allocUnsafe(end - start);
  let filled = 0;
  for await (const chunk of Body as Readable) {
    filled += (chunk as Buffer).copy(bytes, filled);
  }
  if (filled === bytes.length) return { bytes, etag: ETag };
  throw new AppError('unavailable', 'reading the object stopped half-way: try again');
}

async function getObject(input: GetObjectCommandInput) {
  try {
    return await s3.send(new GetObjectCommand(input));
  } catch (error) {
    const isGone = [404, 412, 416].includes(statusOfS3(error) ?? 0);
    throw isGone ? changedMeanwhile(String(input.Key)) : error;
  }
}

const PART_BYTES = 8 * 2 ** 20;
const PARALLEL_PARTS = 3;

/** An object that was written, in the version that it was written as. */
export interface WrittenObject extends ObjectRef {
  readonly versionId: string | undefined;
  readonly etag: string | undefined;
}

/** Writes a stream of any length, holding a few parts of it; nothing stays where it fails. */
export async function writeStream(
  ref: ObjectRef,
  chunks: AsyncIterable<Uint8Array>,
): Promise<WrittenObject> {
  const Body = Readable.from(chunks, { highWaterMark: 1 });
  const upload = new Upload({
    client: s3,
    params: { Bucket: ref.bucket, Key: ref.key, Body },
    partSize: PART_BYTES,
    queueSize: PARALLEL_PARTS,
  });
  const { VersionId, ETag } = await upload.done();
  return { ...ref, versionId: VersionId, etag: ETag };
}

/** Removes that version of the object for good, where the bucket keeps versions. */
export async function removeObject({ bucket, key, versionId }: WrittenObject): Promise<void> {
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
}

/** The keys that begin with a prefix, in their order. */
export async function* listKeys(bucket: string, prefix: string): AsyncGenerator<string> {
  for await (const { key } of listObjects({ bucket, key: prefix })) yield key;
}

export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
}

/** All objects below a prefix, in the order of their keys. */
export async function* listObjects({ bucket, key }: ObjectRef): AsyncGenerator<ListedObject> {
  const pages = paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: key });
  for await (const { Contents = [] } of pages) {
    for (const { Key = '', Size = 0, ETag = '' } of Contents) {
      yield { key: Key, size: Size, etag: ETag };
    }
  }
}

/** One that is written once, piece by piece, with its size and digest. */
export class ObjectWriter {
  readonly #ref: ObjectRef;
  readonly #hash = createHash('sha256');
  readonly #pipe = new PassThrough({ highWaterMark: PART_BYTES });
  readonly #done: Promise<unknown>;
  #bytes = 0;

  constructor(ref: ObjectRef) {
    this.#ref = ref;
    const params = { Bucket: ref.bucket, Key: ref.key, Body: this.#pipe, IfNoneMatch: '*' };
    const upload = new Upload({ client: s3, params, partSize: PART_BYTES, queueSize: 2 });
    this.#done = upload.done().catch((error: unknown) => {
      // Another attempt has written it: the same bytes, since they follow from the same input.
      if (statusOfS3(error) !== 412) this.#pipe.destroy(error as Error);
    });
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    if (!this.#pipe.write(bytes)) await once(this.#pipe, 'drain');
  }

  async finish(): Promise<{ key: string; bytes: number; sha256: string }> {
    this.#pipe.end();
    await this.#done;
    if (this.#pipe.errored) throw this.#pipe.errored;
    return { key: this.#ref.key, bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** Nothing stays of it. */
  async abandon(): Promise<void> {
    this.#pipe.on('error', () => {});
    this.#pipe.destroy(new Error('abandoned'));
    await this.#done;
  }
}
