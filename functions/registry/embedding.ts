import { createHash, type Hash } from 'node:crypto';
import { ulid } from 'ulid';
import { type EmbeddingPlan, planEmbedding } from '#core/onnx/embed.ts';
import { ObjectReader, removeObject, writeStream } from '#shared/object-streams.ts';
import { copyOnce, type ObjectRef } from '#shared/objects.ts';
import { logger } from '#shared/observability.ts';
import { settings } from './settings.ts';
import { checkDigest, type Source, type Sources } from './sources.ts';

/** A companion file in which ranges can be read. */
interface Companion {
  readonly read: (offset?: number, length?: number) => AsyncIterable<Uint8Array>;
  readonly release: () => void;
}

/** @throws AppError where references and companion files do not fit, or the whole is too large */
export function planSources(model: Uint8Array, { externalData }: Sources): EmbeddingPlan {
  const sizes = externalData.map(
    ({ location, source }) => [location, source.sizeBytes] as [string, number],
  );
  return planEmbedding(model, new Map(sizes), settings().SKIFF_MAX_ARTIFACT_BYTES);
}

/**
 * Streams a model and its companions into one object with its content's digest for a name. At no
 * time is more than a few blocks and parts in memory. Nothing is written before all companions
 * have the digests that were announced.
 *
 * @returns the artifact's digest, and what was embedded in words
 * @throws AppError `invalid` where a companion is not what was announced
 */
export async function storeEmbedded(
  plan: EmbeddingPlan,
  sources: Sources,
  toRef: (sha256: string) => ObjectRef,
): Promise<{ sha256: string; change: string }> {
  const companions = new Map<string, Companion>();
  const names: string[] = [];
  for (const { location, source } of sources.externalData) {
    const companion = open(source);
    companions.set(location, companion);
    names.push(`${location} (sha256 ${await verify(source, companion)})`);
  }
  const hash = createHash('sha256');
  const { ARTIFACTS_BUCKET: bucket } = settings();
  // The uploads' lifecycle rule removes what a crash leaves here.
  const temporary = { bucket, key: `uploads/embedding/${ulid()}` };
  const written = await writeStream(temporary, digesting(join(plan, companions), hash));
  const sha256 = hash.digest('hex');
  try {
    await copyOnce(written, toRef(sha256));
  } finally {
    await removeObject(written).catch((error: unknown) => {
      logger.warn('a temporary object stays until its bucket expires it', error as Error);
    });
  }
  return { sha256, change: `external data embedded: ${names.join(', ')}` };
}

function open({ stored, sizeBytes, inline }: Source): Companion {
  if (stored) {
    const reader = new ObjectReader(stored, sizeBytes);
    return { read: (...range) => reader.read(...range), release: () => reader.release() };
  }
  const bytes = inline as Uint8Array;
  return {
    read: async function* (offset = 0, length = bytes.length) {
      yield bytes.subarray(offset, offset + length);
    },
    release: () => undefined,
  };
}

async function verify(source: Source, companion: Companion): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of companion.read()) hash.update(chunk);
  companion.release();
  const sha256 = hash.digest('hex');
  checkDigest(source, sha256);
  return sha256;
}

/** The artifact's bytes in order. Of the companions only the one in use holds memory. */
async function* join({ segments }: EmbeddingPlan, companions: ReadonlyMap<string, Companion>) {
  let current: Companion | undefined;
  for (const segment of segments) {
    if ('bytes' in segment) {
      yield segment.bytes;
      continue;
    }
    const companion = companions.get(segment.location) as Companion;
    if (companion !== current) current?.release();
    current = companion;
    yield* companion.read(segment.offset, segment.length);
  }
}

async function* digesting(chunks: AsyncIterable<Uint8Array>, hash: Hash) {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}
