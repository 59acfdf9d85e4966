import { AppError } from '#core/errors.ts';
import { completeSignature } from '#core/signature/complete.ts';
import { deriveSignature } from '#core/signature/derive.ts';
import type { GoldenSample } from '#core/signature/golden.ts';
import { table, transact, type Write } from '#shared/dynamo.ts';
import { earlierResult, type Idempotency, rememberWrite } from '#shared/idempotency.ts';
import { keys } from '#shared/keys.ts';
import { auditWrite } from '#slices/governance';
import { type Artifact, storeArtifact } from './artifacts.ts';
import { describeGolden, putGolden } from './golden.ts';
import { type By, changedMeanwhile, getModel } from './models.ts';
import type { MlflowFacts, ModelVersion, NewVersion, VersionHead } from './schema.ts';
import type { Sources } from './sources.ts';
import { about, getVersion, getVersionHead } from './versions.ts';

/** An item ends at 400 KB; the rest is for keys and what later writes add. */
const MAX_VERSION_BYTES = 350_000;
export const MAX_RACES = 10;

export interface Wanted {
  readonly request: NewVersion;
  readonly sources: Sources;
  readonly mlflow?: MlflowFacts | undefined;
  /** The number that it has already, of a version that is pending. */
  readonly reserved?: number | undefined;
}

type Caller = By & { idempotency?: Idempotency | undefined };

/**
 * Registers a version: the artifact is verified, read, made servable and stored before anything
 * is visible; number, version, idempotency key and audit entry then appear together.
 *
 * @throws AppError naming what is wrong with the artifact or the declaration
 */
export async function registerVersion(
  model: string,
  wanted: Wanted,
  by: Caller,
): Promise<ModelVersion> {
  const earlier = await earlierResult(by.idempotency);
  if (earlier !== undefined) return getVersion(model, Number(earlier));
  const artifact = await storeArtifact(wanted.sources);
  const facts = describeVersion(wanted, artifact, by.actor);
  const { reserved } = wanted;
  for (let race = 0; race < MAX_RACES; race++) {
    const place =
      reserved === undefined ? await nextPlace(model) : await keptPlace(model, reserved);
    const golden = wanted.request.goldenSample;
    const version = await append(model, { place, facts, golden }, by);
    if (version) return version;
    // Another version took the number, or the same request arrived twice.
    const winner = await earlierResult(by.idempotency);
    if (winner !== undefined) return getVersion(model, Number(winner));
  }
  throw changedMeanwhile(`model "${model}"`);
}

type VersionFacts = Omit<ModelVersion, 'model' | 'version' | 'createdAt' | 'updatedAt'>;

function describeVersion(
  { request, mlflow }: Wanted,
  artifact: Artifact,
  actor: string,
): VersionFacts {
  const { inspection, ...stored } = artifact;
  const signature = completeSignature(deriveSignature(inspection), request.signature);
  const facts: VersionFacts = {
    status: 'registered',
    artifact: stored,
    signature,
    graph: {
      irVersion: inspection.irVersion,
      opsets: [...inspection.opsets],
      producer: inspection.producer,
      domain: inspection.domain,
      modelVersion: inspection.modelVersion,
      docString: inspection.docString,
      operators: [...inspection.operators],
      parameterCount: inspection.parameterCount,
      initializerBytes: inspection.initializerBytes,
      metadata: inspection.metadata,
    },
    ...(request.goldenSample && { goldenSample: describeGolden(request.goldenSample, signature) }),
    ...(mlflow && { mlflow }),
    lineage: request.lineage,
    metrics: request.metrics,
    description: request.description,
    tags: request.tags,
    revision: 1,
    createdBy: actor,
  };
  const size = Buffer.byteLength(JSON.stringify(facts));
  if (size > MAX_VERSION_BYTES) {
    throw new AppError(
      'too-large',
      `signature, lineage and metadata have ${size} bytes; ${MAX_VERSION_BYTES} are kept: shorten the longest lists`,
    );
  }
  return facts;
}

/** Where a version goes, and what must still be so when it does. */
interface Place {
  readonly number: number;
  /** What its number was kept with, and may have changed meanwhile. */
  readonly pending?: VersionHead;
  readonly taking: readonly Write[];
  readonly unless: Pick<
    NonNullable<Write['Put']>,
    'ConditionExpression' | 'ExpressionAttributeValues'
  >;
}

async function nextPlace(model: string): Promise<Place> {
  const { latestVersion } = await getModel(model);
  return {
    number: latestVersion + 1,
    taking: [takeNumber(model, latestVersion)],
    unless: { ConditionExpression: 'attribute_not_exists(pk)' },
  };
}

async function keptPlace(model: string, number: number): Promise<Place> {
  const pending = await getVersionHead(model, number);
  if (pending.status !== 'pending') {
    throw new AppError('conflict', `version ${number} of "${model}" is no longer waited for`);
  }
  const unless = {
    ConditionExpression: 'revision = :seen',
    ExpressionAttributeValues: { ':seen': pending.revision },
  };
  return { number, pending, taking: [], unless };
}

/** One attempt; undefined when someone else was faster. */
async function append(
  name: string,
  { place, facts, golden }: { place: Place; facts: VersionFacts; golden: GoldenSample | undefined },
  by: Caller,
  now = new Date(),
): Promise<ModelVersion | undefined> {
  const { number, pending } = place;
  const at = now.toISOString();
  const version: ModelVersion = {
    ...facts,
    ...{ model: name, version: number, createdAt: at, updatedAt: at },
    ...(pending && since(pending)),
  };
  const event = {
    name: 'ModelVersionRegistered',
    detail: { model: name, version: number, artifactSha256: version.artifact.sha256 },
  } as const;
  const { idempotency, ...caller } = by;
  const after = { version: number, artifactSha256: version.artifact.sha256 };
  const Item = { ...keys.version(name, number), ...version };
  const writes: Write[] = [
    ...place.taking,
    { Put: { TableName: table().name, Item, ...place.unless } },
    ...(golden ? [putGolden(name, number, golden)] : []),
    auditWrite({ ...caller, ...about(name, 'register'), after, event, at: now }),
    ...(idempotency ? [rememberWrite(idempotency, String(number), now)] : []),
  ];
  return (await transact(writes)) === undefined ? version : undefined;
}

const since = ({ createdAt, createdBy, description, tags, mlflow, revision }: VersionHead) => ({
  ...{ createdAt, createdBy, description, tags, revision: revision + 1 },
  ...(mlflow && { mlflow }),
});

export const takeNumber = (name: string, latest: number): Write => ({
  Update: {
    TableName: table().name,
    Key: keys.model(name),
    UpdateExpression: 'SET latestVersion = :next',
    ConditionExpression: 'latestVersion = :latest AND attribute_not_exists(deleted)',
    ExpressionAttributeValues: { ':next': latest + 1, ':latest': latest },
  },
});
