import { AppError } from '#core/errors.ts';
import { completeSignature } from '#core/signature/complete.ts';
import { deriveSignature } from '#core/signature/derive.ts';
import type { GoldenSample } from '#core/signature/golden.ts';
import {
  getItem,
  type Item,
  newestPage,
  type Page,
  table,
  transact,
  type Write,
} from '#shared/dynamo.ts';
import { earlierResult, type Idempotency, rememberWrite } from '#shared/idempotency.ts';
import { keys } from '#shared/keys.ts';
import { auditWrite } from '#slices/governance';
import { type Artifact, storeArtifact } from './artifacts.ts';
import { describeGolden, putGolden } from './golden.ts';
import {
  type By,
  changedMeanwhile,
  checkRevision,
  getModel,
  refuseWhileDeployed,
} from './models.ts';
import { ModelVersion, type NewVersion, type VersionPatch } from './schema.ts';
import type { Sources } from './sources.ts';

/** An item ends at 400 KB; the rest is for keys and what later writes add. */
const MAX_VERSION_BYTES = 350_000;
const MAX_RACES = 10;

/**
 * Registers a version: the artifact is verified, read, made servable and stored before anything
 * is visible; number, version, idempotency key and audit entry then appear together.
 *
 * @throws AppError naming what is wrong with the artifact or the declaration
 */
export async function registerVersion(
  model: string,
  request: NewVersion,
  sources: Sources,
  by: By & { idempotency?: Idempotency | undefined },
): Promise<ModelVersion> {
  const earlier = await earlierResult(by.idempotency);
  if (earlier !== undefined) return getVersion(model, Number(earlier));
  const artifact = await storeArtifact(sources);
  const facts = describeVersion(request, artifact, by.actor);
  for (let race = 0; race < MAX_RACES; race++) {
    const version = await append(model, { facts, golden: request.goldenSample }, by);
    if (version) return version;
    // Another version took the number, or the same request arrived twice.
    const winner = await earlierResult(by.idempotency);
    if (winner !== undefined) return getVersion(model, Number(winner));
  }
  throw changedMeanwhile(`model "${model}"`);
}

type VersionFacts = Omit<ModelVersion, 'model' | 'version' | 'createdAt' | 'updatedAt'>;

function describeVersion(request: NewVersion, artifact: Artifact, actor: string): VersionFacts {
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

/** One attempt at the next number; undefined when someone else was faster. */
async function append(
  name: string,
  { facts, golden }: { facts: VersionFacts; golden: GoldenSample | undefined },
  by: By & { idempotency?: Idempotency | undefined },
  now = new Date(),
): Promise<ModelVersion | undefined> {
  const { latestVersion } = await getModel(name);
  const at = now.toISOString();
  const version: ModelVersion = {
    ...facts,
    model: name,
    version: latestVersion + 1,
    createdAt: at,
    updatedAt: at,
  };
  const number = version.version;
  const event = {
    name: 'ModelVersionRegistered',
    detail: { model: name, version: number, artifactSha256: version.artifact.sha256 },
  } as const;
  const { idempotency, ...caller } = by;
  const after = { version: number, artifactSha256: version.artifact.sha256 };
  const writes: Write[] = [
    takeNumber(name, latestVersion),
    {
      Put: {
        TableName: table().name,
        Item: { ...keys.version(name, number), ...version },
        ConditionExpression: 'attribute_not_exists(pk)',
      },
    },
    ...(golden ? [putGolden(name, number, golden)] : []),
    auditWrite({ ...caller, ...about(name, 'register'), after, event, at: now }),
    ...(idempotency ? [rememberWrite(idempotency, String(number), now)] : []),
  ];
  return (await transact(writes)) === undefined ? version : undefined;
}

const takeNumber = (name: string, latest: number): Write => ({
  Update: {
    TableName: table().name,
    Key: keys.model(name),
    UpdateExpression: 'SET latestVersion = :next',
    ConditionExpression: 'latestVersion = :latest AND attribute_not_exists(deleted)',
    ExpressionAttributeValues: { ':next': latest + 1, ':latest': latest },
  },
});

/** @throws AppError `not-found` */
export async function getVersion(model: string, version: number): Promise<ModelVersion> {
  return ModelVersion.parse(await versionItem(model, version));
}

async function versionItem(model: string, version: number): Promise<Item> {
  const item = await getItem(keys.version(model, version));
  if (!item) throw new AppError('not-found', `model "${model}" has no version ${version}`);
  return item;
}

/** Newest first. */
export async function listVersions(
  model: string,
  query: { limit: number; cursor?: string | undefined },
): Promise<Page<ModelVersion>> {
  await getModel(model);
  const { pk } = keys.model(model);
  const page = await newestPage(pk, 'VERSION#', query);
  return { ...page, items: page.items.map((item) => ModelVersion.parse(item)) };
}

/** Changes words and tags, or archives; the artifact and what is said of it never change. */
export async function updateVersion(
  model: string,
  number: number,
  patch: VersionPatch,
  by: By & { ifMatch?: number },
  now = new Date(),
): Promise<ModelVersion> {
  const item = await versionItem(model, number);
  const before = ModelVersion.parse(item);
  checkRevision(before.revision, by.ifMatch);
  if (patch.status === 'archived') refuseWhileDeployed(item, `version ${number} of "${model}"`);
  const words = {
    description: patch.description ?? before.description,
    tags: patch.tags ?? before.tags,
  };
  const after = { ...before, ...words, status: patch.status ?? before.status };
  if (JSON.stringify(after) === JSON.stringify(before)) return before;
  after.revision += 1;
  after.updatedAt = now.toISOString();
  const put = replaceVersion(after, before.revision);
  const detail = { model, version: number, status: after.status };
  const event = { name: 'ModelVersionUpdated', detail } as const;
  const facts = { before: summary(before), after: summary(after) };
  const audit = auditWrite({ ...by, ...about(model, 'update'), ...facts, event, at: now });
  if ((await transact([put, audit])) !== undefined)
    throw changedMeanwhile(`version ${number} of "${model}"`);
  return after;
}

function replaceVersion(after: ModelVersion, seen: number): Write {
  const archived = after.status === 'archived' ? ' AND attribute_not_exists(deployedBy)' : '';
  return {
    Update: {
      TableName: table().name,
      Key: keys.version(after.model, after.version),
      UpdateExpression: 'SET description = :d, tags = :t, #s = :s, revision = :r, updatedAt = :u',
      ConditionExpression: `revision = :seen${archived}`,
      ExpressionAttributeNames: { '#s': 'status' },
      ExpressionAttributeValues: {
        ':d': after.description,
        ':t': after.tags,
        ':s': after.status,
        ':r': after.revision,
        ':u': after.updatedAt,
        ':seen': seen,
      },
    },
  };
}

const summary = ({ version, description, tags, status }: ModelVersion) => ({
  version,
  description,
  tags,
  status,
});
const about = (model: string, verb: string) => ({
  action: `version.${verb}`,
  resource: `model/${model}`,
});
