import { createHash } from 'node:crypto';
import { AppError, invalidField } from '#core/errors.ts';
import { type EmbeddingPlan, materialise, planEmbedding } from '#core/onnx/embed.ts';
import { inspectModel, type ModelInspection } from '#core/onnx/inspect.ts';
import { removeZipMaps } from '#core/onnx/zip-map.ts';
import { copyOnce, type ObjectRef, readObject, sizeOf, writeOnce } from '#shared/objects.ts';
import type { ArtifactSource, NewVersion } from './schema.ts';
import { settings } from './settings.ts';
import { findUpload } from './uploads.ts';

/** Bytes that a client pointed at, found and allowed but not yet read. */
interface Source {
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
}

interface Content {
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/** What is registered: the artifact as stored, what it was, and what the reader found in it. */
export interface Artifact {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly uploaded: { readonly sha256: string; readonly sizeBytes: number };
  readonly changes: string[];
  readonly inspection: ModelInspection;
}

export const artifactRef = (sha256: string): ObjectRef => ({
  bucket: settings().ARTIFACTS_BUCKET,
  key: `artifacts/sha256/${sha256}`,
});

/** Finds everything that a request points at; nothing is read before all sizes are known. */
export async function findSources(request: NewVersion): Promise<Sources> {
  const model = await findSource(request.artifact, 'artifact');
  const externalData = await Promise.all(
    request.externalData.map(async ({ location, source }, i) => ({
      location,
      source: await findSource(source, `externalData[${i}].source`),
    })),
  );
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
  return { model, externalData, totalBytes };
}

async function findSource(source: ArtifactSource, field: string): Promise<Source> {
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

/**
 * Reads, verifies, checks and stores an artifact. Where the graph must change to be servable
 * (external data, ZipMap), what is stored differs from what came, and `changes` says why.
 *
 * @throws AppError `unprocessable` where the reader refuses the file, `invalid` where a digest or
 *   a companion file does not fit
 */
export async function storeArtifact(sources: Sources): Promise<Artifact> {
  const uploaded = await read(sources.model);
  const changes: string[] = [];
  let bytes = await embed(uploaded.bytes, sources, changes);
  const { classLabels } = inspectModel(bytes);
  const rewritten = removeZipMaps(bytes);
  if (rewritten) {
    bytes = rewritten.bytes;
    changes.push('ZipMap removed: probabilities are a plain tensor, as every runtime reads it');
  }
  const sha256 = bytes === uploaded.bytes ? uploaded.sha256 : digest(bytes);
  // Often only the ZipMap that was removed says what the classes are called.
  const inspection = { ...inspectModel(bytes), classLabels };
  if (bytes === uploaded.bytes && sources.model.stored)
    await copyOnce(sources.model.stored, artifactRef(sha256));
  else await writeOnce(artifactRef(sha256), bytes);
  return {
    sha256,
    sizeBytes: bytes.length,
    uploaded: { sha256: uploaded.sha256, sizeBytes: uploaded.bytes.length },
    changes,
    inspection,
  };
}

async function embed(model: Uint8Array, sources: Sources, changes: string[]): Promise<Uint8Array> {
  if (sources.externalData.length === 0) return model;
  const files = new Map<string, Content>();
  for (const { location, source } of sources.externalData) files.set(location, await read(source));
  const sizes = new Map([...files].map(([location, { bytes }]) => [location, bytes.length]));
  const plan: EmbeddingPlan = planEmbedding(model, sizes);
  const limit = settings().SKIFF_MAX_ARTIFACT_BYTES;
  // Tensors may share a range, so that the whole can be far larger than its parts.
  if (plan.sizeBytes > limit) {
    throw new AppError(
      'too-large',
      `with its weights the model has ${plan.sizeBytes} bytes; at most ${limit} are allowed here`,
    );
  }
  const names = [...files].map(([location, { sha256 }]) => `${location} (sha256 ${sha256})`);
  changes.push(`external data embedded: ${names.join(', ')}`);
  return materialise(plan, (location, offset, length) =>
    (files.get(location) as Content).bytes.subarray(offset, offset + length),
  );
}

async function read(source: Source): Promise<Content> {
  const content = source.stored
    ? await readObject(source.stored)
    : { bytes: source.inline as Uint8Array, sha256: digest(source.inline as Uint8Array) };
  if (source.expectedSha256 && content.sha256 !== source.expectedSha256) {
    throw invalidField(
      source.field,
      `the bytes have the SHA-256 ${content.sha256}, announced was ${source.expectedSha256}: upload again`,
    );
  }
  return content;
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
