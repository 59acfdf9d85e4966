import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { AppError } from '#core/errors.ts';

export const s3 = new S3Client({});

export interface ObjectRef {
  readonly bucket: string;
  readonly key: string;
}

export interface ObjectBytes {
  readonly bytes: Uint8Array;
  readonly sha256: string;
  /** Of what was read, where it was an object. */
  readonly etag?: string | undefined;
}

/** One PUT carries this much well; above it parts are uploaded side by side. */
const SINGLE_PUT_BYTES = 8 * 2 ** 20;

/** Size in bytes, or undefined where there is no such object. */
export async function sizeOf({ bucket, key }: ObjectRef): Promise<number | undefined> {
  try {
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return head.ContentLength;
  } catch (error) {
    if (statusOfS3(error) === 404 || statusOfS3(error) === 403) return undefined;
    throw error;
  }
}

/** Reads a whole object into one buffer and computes its digest on the way. */
export async function readObject({ bucket, key }: ObjectRef): Promise<ObjectBytes> {
  const { Body, ContentLength, ETag } = await s3.send(
    new GetObjectCommand({ Bucket: bucket, Key: key }),
  );
  const bytes = Buffer.allocUnsafe(ContentLength ?? 0);
  const hash = createHash('sha256');
  let filled = 0;
  for await (const chunk of Body as Readable) {
    filled += (chunk as Buffer).copy(bytes, filled);
    hash.update(chunk as Buffer);
  }
  if (filled !== bytes.length)
    throw new AppError('unavailable', 'reading the object stopped half-way: try again');
  return { bytes, sha256: hash.digest('hex'), etag: ETag };
}

/** Writes a small object, or writes it again. */
export async function writeObject({ bucket, key }: ObjectRef, bytes: Uint8Array): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes }));
}

/** Writes an object that has its content's digest for a name: a second write changes nothing. */
export async function writeOnce({ bucket, key }: ObjectRef, bytes: Uint8Array): Promise<void> {
  if ((await sizeOf({ bucket, key })) === bytes.length) return;
  const params = { Bucket: bucket, Key: key, Body: bytes, IfNoneMatch: '*' };
  try {
    if (bytes.length <= SINGLE_PUT_BYTES) await s3.send(new PutObjectCommand(params));
    else await new Upload({ client: s3, params, partSize: SINGLE_PUT_BYTES }).done();
  } catch (error) {
    // Someone else stored the same bytes meanwhile.
    if (statusOfS3(error) !== 412) throw error;
  }
}

/**
 * As `writeOnce`, for bytes that S3 has already: they do not travel again.
 *
 * @param from with the ETag of what its digest was computed from
 * @throws AppError `conflict` where the object is no longer that
 */
export async function copyOnce(
  { bucket, key, etag }: ObjectRef & { readonly etag?: string | undefined },
  to: ObjectRef,
): Promise<void> {
  if ((await sizeOf(to)) !== undefined) return;
  const command = new CopyObjectCommand({
    Bucket: to.bucket,
    Key: to.key,
    CopySource: `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`,
    ...(etag && { CopySourceIfMatch: etag }),
  });
  try {
    await s3.send(command);
  } catch (error) {
    throw statusOfS3(error) === 412 ? changedMeanwhile(key) : error;
  }
}

export const changedMeanwhile = (key: string): AppError =>
  new AppError('conflict', `the object "${key}" changed while it was read: register it again`);

/** A URL that gives an object to whoever has it. */
export const presignGet = ({ bucket, key }: ObjectRef, expiresInSeconds: number): Promise<string> =>
  getSignedUrl(s3, new GetObjectCommand({ Bucket: bucket, Key: key }), {
    expiresIn: expiresInSeconds,
  });

/** A URL that takes exactly these bytes: size and SHA-256 are part of its signature. */
export async function presignPut(
  { bucket, key }: ObjectRef,
  content: { sizeBytes: number; sha256: string },
  expiresInSeconds: number,
): Promise<{ url: string; headers: Record<string, string> }> {
  const checksum = Buffer.from(content.sha256, 'hex').toString('base64');
  const command = new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    ContentLength: content.sizeBytes,
    ChecksumSHA256: checksum,
  });
  const url = await getSignedUrl(s3, command, {
    expiresIn: expiresInSeconds,
    signableHeaders: new Set(['content-length', 'host', 'x-amz-checksum-sha256']),
    unhoistableHeaders: new Set(['x-amz-checksum-sha256']),
  });
  const headers = {
    'content-length': String(content.sizeBytes),
    'x-amz-checksum-sha256': checksum,
  };
  return { url, headers };
}

export const statusOfS3 = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;

/** Writes an object that is not there yet. @returns false where there is one */
export async function putNew({ bucket, key }: ObjectRef, bytes: Uint8Array): Promise<boolean> {
  const params = { Bucket: bucket, Key: key, Body: bytes, IfNoneMatch: '*' };
  try {
    await s3.send(new PutObjectCommand(params));
    return true;
  } catch (error) {
    if (statusOfS3(error) === 412) return false;
    throw error;
  }
}
