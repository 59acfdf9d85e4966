import { inspectModel, type ModelInspection } from '#core/onnx/inspect.ts';
import { removeZipMaps } from '#core/onnx/zip-map.ts';
import { copyOnce, type ObjectBytes, type ObjectRef, writeOnce } from '#shared/objects.ts';
import { planSources, storeEmbedded } from './embedding.ts';
import { settings } from './settings.ts';
import { digestOf, type Sources } from './sources.ts';

/** An artifact as it is stored, with what the reader found in it. */
interface Stored {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly inspection: ModelInspection;
}

/** What is registered: the artifact as stored, and what it was. */
export interface Artifact extends Stored {
  readonly uploaded: { readonly sha256: string; readonly sizeBytes: number };
  readonly changes: string[];
}

const artifactRef = (sha256: string): ObjectRef => ({
  bucket: settings().ARTIFACTS_BUCKET,
  key: `artifacts/sha256/${sha256}`,
});

/** Where the artifact of a version lies. */
export const artifactOf = ({ artifact }: { readonly artifact: { readonly sha256: string } }) =>
  artifactRef(artifact.sha256);

/**
 * How many bytes a registration moves: the files, or what they unpack to where that is more,
 * because tensors may share a range of a companion file.
 *
 * @throws AppError where a model that is small enough to look into does not fit its companions
 */
export async function bytesToMove(sources: Sources): Promise<number> {
  const { externalData, totalBytes } = sources;
  const { SKIFF_SYNC_ARTIFACT_BYTES: enough } = settings();
  if (externalData.length === 0 || totalBytes > enough) return totalBytes;
  const { bytes } = await sources.readModel();
  return Math.max(totalBytes, planSources(bytes, sources).sizeBytes);
}

/**
 * Reads, verifies, checks and stores an artifact. Where the graph must change to be servable
 * (external data, ZipMap), what is stored differs from what came, and `changes` says why.
 *
 * @throws AppError `unprocessable` where the reader refuses the file, `invalid` where a digest or
 *   a companion file does not fit
 */
export async function storeArtifact(sources: Sources): Promise<Artifact> {
  const uploaded = await sources.readModel();
  const isSplit = sources.externalData.length > 0;
  const inspection = inspectModel(uploaded.bytes, { allowExternalData: isSplit });
  const rewritten = removeZipMaps(uploaded.bytes);
  const model = rewritten?.bytes ?? uploaded.bytes;
  const changes = rewritten
    ? ['ZipMap removed: probabilities are a plain tensor, as every runtime reads it']
    : [];
  const stored = await (isSplit
    ? embed(model, sources, changes)
    : rewritten
      ? storeRewritten(model)
      : storeAsItIs(uploaded, sources, inspection));
  return {
    ...stored,
    uploaded: { sha256: uploaded.sha256, sizeBytes: uploaded.bytes.length },
    changes,
  };
}

async function embed(model: Uint8Array, sources: Sources, changes: string[]): Promise<Stored> {
  const plan = planSources(model, sources);
  const { sha256, change } = await storeEmbedded(plan, sources, artifactRef);
  changes.push(change);
  return { sha256, sizeBytes: plan.sizeBytes, inspection: plan.inspection };
}

async function storeRewritten(model: Uint8Array): Promise<Stored> {
  const inspection = inspectModel(model);
  const sha256 = digestOf(model);
  await writeOnce(artifactRef(sha256), model);
  return { sha256, sizeBytes: model.length, inspection };
}

async function storeAsItIs(
  { bytes, sha256, etag }: ObjectBytes,
  { model: { stored } }: Sources,
  inspection: ModelInspection,
): Promise<Stored> {
  if (stored) await copyOnce({ ...stored, etag }, artifactRef(sha256));
  else await writeOnce(artifactRef(sha256), bytes);
  return { sha256, sizeBytes: bytes.length, inspection };
}
