import { createHash } from 'node:crypto';
import { AppError, invalidField } from '#core/errors.ts';
import { type ObjectBytes, type ObjectRef, readObject, sizeOf } from '#shared/objects.ts';
import type { ArtifactSource, NewVersion } from './schema.ts';
import { settings } from './settings.ts';
import { findUpload } from './uploads.ts';

/** Bytes that a client pointed at, found and allowed but not yet read. */
export interface Source {
  readonly field: string;
  readonly sizeBytes: number;
  readonly expectedSha256?: string | undefined;
  readonly stored?: ObjectRef;
  readonly inline?: Uint8Array;
}

export interface Sources {
  readonly model: Source;
  readonly externalData: readonly { readonly location: string; readonly source: Source }[];
  readonly totalBytes: number;
  /** The model's verified bytes, read once. @throws AppError `invalid` where the digest differs */
  readonly readModel: () => Promise<ObjectBytes>;
}

/** Finds everything that a request points at; nothing is read before all sizes are known. */
export async function findSources(request: NewVersion): Promise<Sources> {
  const model = await findSource(request.artifact, 'artifact');
  const externalData = await Promise.all(
    request.externalData.map(async ({ location, source }, i) => ({
      location,
      source: await findSource(source, `externalData[${i}].source`),
    })),
  );
  const locations = externalData.map(({ location }) => location);
  const again = locations.findIndex((location, i) => locations.indexOf(location) < i);
  if (again >= 0) throw invalidField(`externalData[${again}].location`, 'stands twice');
  const totalBytes = externalData.reduce(
    (sum, { source }) => sum + source.sizeBytes,
    model.sizeBytes,
  );
  const limit = settings().SKIFF_MAX_ARTIFACT_BYTES;
  if (totalBytes > limit) {
    throw new AppError(
      'too-large',
      `the model has ${totalBytes} bytes; at most ${limit} are allowed here`,
    );
  }
  let content: Promise<ObjectBytes> | undefined;
  const readModel = () => {
    content ??= readSource(model);
    return content;
  };
  return { model, externalData, totalBytes, readModel };
}

/** @throws AppError `invalid` where nothing is there, or it may not be read */
export async function findSource(source: ArtifactSource, field: string): Promise<Source> {
  if ('base64' in source) {
    const inline = Buffer.from(source.base64, 'base64');
    return { field, inline, sizeBytes: inline.length, expectedSha256: source.sha256 };
  }
  const found =
    'uploadId' in source ? await fromUpload(source.uploadId, field) : fromUri(source, field);
  const sizeBytes = await sizeOf(found.stored);
  if (sizeBytes === undefined) throw invalidField(field, found.missing);
  return { field, sizeBytes, stored: found.stored, expectedSha256: found.expectedSha256 };
}

async function fromUpload(uploadId: string, field: string) {
  const upload = await findUpload(uploadId);
  if (!upload)
    throw invalidField(`${field}.uploadId`, 'there is no such upload, or it has expired');
  const missing = 'nothing has been uploaded yet: PUT the file to the URL of the upload first';
  return { stored: upload.object, expectedSha256: upload.sha256, missing };
}

function fromUri(source: { s3Uri: string; sha256?: string | undefined }, field: string) {
  const { SKIFF_SOURCE_BUCKETS, DATA_BUCKET } = settings();
  const allowed = [DATA_BUCKET, ...SKIFF_SOURCE_BUCKETS.split(',').filter(Boolean)];
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(source.s3Uri) as unknown as [
    string,
    string,
    string,
  ];
  if (!allowed.includes(bucket)) {
    throw invalidField(`${field}.s3Uri`, `only these buckets may be read: ${allowed.join(', ')}`);
  }
  const missing = 'there is no such object, or this stack may not read it';
  return { stored: { bucket, key }, expectedSha256: source.sha256, missing };
}

async function readSource(source: Source): Promise<ObjectBytes> {
  const content = source.stored
    ? await readObject(source.stored)
    : { bytes: source.inline as Uint8Array, sha256: digestOf(source.inline as Uint8Array) };
  checkDigest(source, content.sha256);
  return content;
}

/** @throws AppError `invalid` where it is not the digest that was announced */
export function checkDigest({ field, expectedSha256 }: Source, sha256: string): void {
  if (!expectedSha256 || sha256 === expectedSha256) return;
  throw invalidField(
    field,
    `the bytes have the SHA-256 ${sha256}, announced was ${expectedSha256}: upload again`,
  );
}

export const digestOf = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');
