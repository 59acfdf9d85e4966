import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import * as z from 'zod';
import { AppError, invalidField } from '#core/errors.ts';
import { compareTexts } from '#core/tracking/sortable.ts';
import { readEnv } from '#shared/env.ts';
import { type ObjectRef, readObject, sizeOf, statusOfS3, writeObject } from '#shared/objects.ts';
import type { Space } from './records.ts';

/** Base64 makes a third more of it, and a function takes and gives 6 MB. */
export const MAX_PROXIED_BYTES = 4_400_000;
/** The addresses of more parts do not fit in an answer. */
const MAX_PARTS = 3000;
const VALID_SECONDS = 3600;

// A checksum in the address would be that of no bytes at all: the client sends them later.
const presigner = new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED' });

export interface FileInfo {
  readonly path: string;
  readonly is_dir: boolean;
  readonly file_size?: number;
}

/** Where the artifact of this path lies. @throws AppError `invalid` for a path that leads elsewhere */
export function artifactAt(space: Space, path: string): ObjectRef {
  const { DATA_BUCKET } = readEnv(z.object({ DATA_BUCKET: z.string().min(1) }));
  return { bucket: DATA_BUCKET, key: `tracking/${space}/${checkPath(path)}` };
}

/** The same of what must be a file, or what lies in a directory. @throws AppError `invalid` */
export function fileAt(space: Space, path: string): ObjectRef {
  if (checkPath(path) === '') throw invalidField('path', 'must name a file');
  return artifactAt(space, path);
}

/** What clients load from there is what endpoints answer with. */
export const SERVED_FOLDER = 'registered';

/** The same of a file that a client may write. @throws AppError `forbidden` where none may */
export function writableAt(space: Space, path: string): ObjectRef {
  if (path.split('/')[0] !== SERVED_FOLDER) return fileAt(space, path);
  throw new AppError('forbidden', `"${SERVED_FOLDER}/" is written by the registry alone`);
}

/** @throws AppError `invalid` */
export function checkPath(path: string): string {
  const clean = path.replace(/\/+$/, '');
  if (clean === '') return '';
  if (Buffer.byteLength(clean) > 900) throw invalidField('path', 'is too long');
  if (!decodings(clean).every(isRelative)) {
    throw invalidField('path', 'must be a relative path without "..", "#" and backslashes');
  }
  return clean;
}

const isRelative = (path: string): boolean =>
  !/[#\\\p{Cc}]/u.test(path) &&
  !/^[A-Za-z]:/.test(path) &&
  !path.split('/').some((segment) => segment === '..' || segment === '.' || segment === '');

/** A path, and what becomes of it if something on its way decodes it once more, and again. */
function decodings(path: string): string[] {
  try {
    const decoded = decodeURIComponent(path);
    return decoded === path ? [path] : [path, ...decodings(decoded)];
  } catch {
    return [path];
  }
}

/** What lies directly in a directory; nothing where it is a file. Paths are names. */
export async function listArtifacts(space: Space, directory: string): Promise<FileInfo[]> {
  const { bucket, key } = artifactAt(space, directory);
  // Names of what lies there are told by the registry, to those who may see it.
  if (checkPath(directory) === SERVED_FOLDER) return [];
  const prefix = key.endsWith('/') ? key : `${key}/`;
  const files: FileInfo[] = [];
  for await (const page of objectsBelow({ bucket, key: prefix }, '/')) {
    for (const { Prefix = '' } of page.CommonPrefixes ?? []) {
      files.push({ path: Prefix.slice(prefix.length, -1), is_dir: true });
    }
    for (const { Key = '', Size = 0 } of page.Contents ?? []) {
      if (Key === prefix) continue;
      files.push({ path: Key.slice(prefix.length), is_dir: false, file_size: Size });
    }
  }
  return files.sort((a, b) => compareTexts(a.path, b.path));
}

/** Pages of a bucket's objects below a prefix. */
export async function* objectsBelow({ bucket, key }: ObjectRef, delimiter?: string) {
  let token: string | undefined;
  do {
    const page: ListObjectsV2CommandOutput = await presigner.send(
      new ListObjectsV2Command({
        ...{ Bucket: bucket, Prefix: key, ContinuationToken: token },
        ...(delimiter && { Delimiter: delimiter }),
      }),
    );
    yield page;
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token);
}

/** The bytes of an artifact that an answer can carry, else the address that it can be had from. */
export async function getArtifact(
  space: Space,
  path: string,
): Promise<{ bytes: Uint8Array; name: string } | { url: string }> {
  const at = artifactAt(space, path);
  const size = await existing(at, path);
  if (size <= MAX_PROXIED_BYTES) {
    return { bytes: (await readObject(at)).bytes, name: path.split('/').at(-1) as string };
  }
  return { url: await presignGet(at) };
}

/** An address for any size. @throws AppError `not-found` */
export async function presignDownload(space: Space, path: string, seconds = VALID_SECONDS) {
  const at = artifactAt(space, path);
  const size = await existing(at, path);
  return { url: await presignGet(at, seconds), headers: {}, file_size: size };
}

export const presignUpload = (space: Space, path: string, seconds: number): Promise<string> => {
  const { bucket, key } = writableAt(space, path);
  const command = new PutObjectCommand({ Bucket: bucket, Key: key });
  return getSignedUrl(presigner, command, { expiresIn: seconds });
};

function presignGet({ bucket, key }: ObjectRef, seconds = VALID_SECONDS): Promise<string> {
  // A browser that follows it keeps the file and opens nothing.
  const file = { Bucket: bucket, Key: key, ResponseContentDisposition: 'attachment' };
  return getSignedUrl(presigner, new GetObjectCommand(file), { expiresIn: seconds });
}

async function existing(at: ObjectRef, path: string): Promise<number> {
  const size = await sizeOf(at);
  if (size === undefined) throw new AppError('not-found', `there is no artifact "${path}"`);
  return size;
}

/** @throws AppError `too-large`, with the way for larger ones */
export async function putArtifact(space: Space, path: string, bytes: Uint8Array): Promise<void> {
  const at = writableAt(space, path);
  if (bytes.length > MAX_PROXIED_BYTES) throw tooLarge(bytes.length);
  await writeObject(at, bytes);
}

const tooLarge = (bytes: number) =>
  new AppError(
    'too-large',
    `${bytes} bytes are more than the ${MAX_PROXIED_BYTES} of one request: set MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD=true and MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE=4000000, and the client uploads larger files in parts`,
  );

/** Deletes a file, or a directory with all that is in it; said again it changes nothing. */
export async function deleteArtifacts(space: Space, path: string): Promise<void> {
  const { bucket, key } = writableAt(space, path);
  await deleteObjects(bucket, [key]);
  for await (const { Contents = [] } of objectsBelow({ bucket, key: `${key}/` })) {
    await deleteObjects(
      bucket,
      Contents.flatMap(({ Key }) => Key ?? []),
    );
  }
}

async function deleteObjects(bucket: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const Objects = names.map((Key) => ({ Key }));
  const { Errors = [] } = await presigner.send(
    new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
  );
  if (Errors.length === 0) return;
  const reasons = [...new Set(Errors.map(({ Code }) => Code))].join(', ');
  throw new AppError('unavailable', `${Errors.length} files were not deleted (${reasons})`);
}

/** Where a file of the client's goes within a directory: it tells the path that it has there. */
const target = (space: Space, directory: string, local: string): ObjectRef => {
  const name = local.split(/[/\\]/).at(-1) ?? '';
  if (name === '') throw invalidField('path', 'must name a file');
  return writableAt(space, directory === '' ? name : `${directory}/${name}`);
};

/** Begins an upload in parts, which go to S3 directly. */
export async function createUpload(
  space: Space,
  directory: string,
  { path, num_parts }: { path: string; num_parts: number },
) {
  if (num_parts < 1 || num_parts > MAX_PARTS) {
    throw invalidField(
      'num_parts',
      `must be 1 to ${MAX_PARTS}: raise MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE for larger files`,
    );
  }
  const { bucket: Bucket, key: Key } = target(space, directory, path);
  const { UploadId } = await presigner.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const urlOf = async (part_number: number) => {
    const part = new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: part_number });
    const url = await getSignedUrl(presigner, part, { expiresIn: 12 * VALID_SECONDS });
    return { url, part_number, headers: {} };
  };
  const numbers = Array.from({ length: num_parts }, (_, i) => i + 1);
  return { upload_id: UploadId, credentials: await Promise.all(numbers.map(urlOf)) };
}

interface Upload {
  readonly path: string;
  readonly upload_id: string;
}

export async function completeUpload(
  space: Space,
  directory: string,
  upload: Upload & { parts: readonly { part_number: number; etag: string }[] },
): Promise<void> {
  const { bucket: Bucket, key: Key } = target(space, directory, upload.path);
  const Parts = upload.parts.map(({ part_number, etag }) => ({
    PartNumber: part_number,
    ETag: etag,
  }));
  const command = { Bucket, Key, UploadId: upload.upload_id, MultipartUpload: { Parts } };
  await presigner.send(new CompleteMultipartUploadCommand(command)).catch(refused);
}

export async function abortUpload(space: Space, directory: string, upload: Upload): Promise<void> {
  const { bucket: Bucket, key: Key } = target(space, directory, upload.path);
  const command = { Bucket, Key, UploadId: upload.upload_id };
  await presigner.send(new AbortMultipartUploadCommand(command)).catch(refused);
}

/** What S3 says of a wrong upload or part is the client's doing. */
function refused(error: Error): never {
  const status = statusOfS3(error);
  if (status === 404) throw new AppError('not-found', `there is no such upload: ${error.message}`);
  if (status === 400) throw new AppError('invalid', error.message, { cause: error });
  throw error;
}
