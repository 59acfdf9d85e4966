import { AppError } from '#core/errors.ts';
import {
  getItem,
  type Item,
  type Page,
  queryPage,
  table,
  transact,
  type Write,
} from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import { auditWrite } from '#slices/governance';
import {
  type By,
  changedMeanwhile,
  checkRevision,
  getModel,
  refuseWhileDeployed,
} from './models.ts';
import { type MlflowFacts, ModelVersion, VersionHead, type VersionPatch } from './schema.ts';

/** @throws AppError `not-found`; `conflict` for one that is kept and cannot be served */
export async function getVersion(model: string, version: number): Promise<ModelVersion> {
  return served(await versionItem(model, version));
}

/** Also of one that cannot be served. @throws AppError `not-found` */
export async function getVersionHead(model: string, version: number): Promise<VersionHead> {
  return VersionHead.parse(await versionItem(model, version));
}

async function versionItem(model: string, version: number): Promise<Item> {
  const item = await getItem(keys.version(model, version));
  if (!item) throw new AppError('not-found', `model "${model}" has no version ${version}`);
  return item;
}

function served(item: Item): ModelVersion {
  if (item.why === undefined) return ModelVersion.parse(item);
  throw new AppError('conflict', `version ${item.version} of "${item.model}" ${item.why}`);
}

/** Newest first, without those that cannot be served. */
export async function listVersions(
  model: string,
  query: { limit: number; cursor?: string | undefined },
): Promise<Page<ModelVersion>> {
  await getModel(model);
  const { pk } = keys.model(model);
  const page = await queryPage(
    {
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      FilterExpression: 'attribute_not_exists(why)',
      ExpressionAttributeValues: { ':pk': pk, ':prefix': 'VERSION#' },
      ScanIndexForward: false,
    },
    query,
    (sk) => ({ pk, sk }),
  );
  return { ...page, items: page.items.map((item) => ModelVersion.parse(item)) };
}

interface Change {
  readonly model: string;
  readonly number: number;
  readonly patch: VersionPatch & { readonly mlflow?: MlflowFacts };
}

/** Changes words and tags, or archives; the artifact and what is said of it never change. */
export const updateVersion = (
  model: string,
  number: number,
  patch: VersionPatch,
  by: By & { ifMatch?: number },
  now = new Date(),
): Promise<ModelVersion> => change({ model, number, patch }, by, served, now);

/** The same, also of what cannot be served, and of what only MLflow's clients know. */
export const changeVersion = (
  model: string,
  number: number,
  patch: Change['patch'],
  by: By & { ifMatch?: number },
  now = new Date(),
): Promise<VersionHead> =>
  change({ model, number, patch }, by, (item) => VersionHead.parse(item), now);

async function change<V extends VersionHead | ModelVersion>(
  { model, number, patch }: Change,
  by: By & { ifMatch?: number },
  read: (item: Item) => V,
  now: Date,
): Promise<V> {
  const item = await versionItem(model, number);
  const before = read(item);
  checkRevision(before.revision, by.ifMatch);
  if (patch.status === 'archived') refuseWhileDeployed(item, `version ${number} of "${model}"`);
  const mlflow = patch.mlflow ?? before.mlflow;
  const after = {
    ...before,
    ...(mlflow && { mlflow }),
    ...{ description: patch.description ?? before.description, tags: patch.tags ?? before.tags },
    status: patch.status ?? before.status,
  };
  if (JSON.stringify(after) === JSON.stringify(before)) return before;
  after.revision += 1;
  after.updatedAt = now.toISOString();
  const put = replaceVersion(after, before.revision);
  const tags = changedTags(before.tags, after.tags);
  const detail = { model, version: number, status: after.status, ...(tags && { tags }) };
  const event = { name: 'ModelVersionUpdated', detail } as const;
  const facts = { before: summary(before), after: summary(after) };
  const audit = auditWrite({ ...by, ...about(model, 'update'), ...facts, event, at: now });
  if ((await transact([put, audit])) !== undefined)
    throw changedMeanwhile(`version ${number} of "${model}"`);
  return after;
}

/** Room for more there is not in an event, and in an audit entry beside before and after. */
const MAX_TAG = 5000;

/** What is another or new, and null for what is gone; undefined where all are as they were. */
function changedTags(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Record<string, string | null> | undefined {
  const changed = Object.keys({ ...before, ...after }).filter((key) => before[key] !== after[key]);
  if (changed.length === 0) return undefined;
  return Object.fromEntries(changed.map((key) => [key, after[key]?.slice(0, MAX_TAG) ?? null]));
}

function replaceVersion(after: VersionHead | ModelVersion, seen: number): Write {
  const archived = after.status === 'archived' ? ' AND attribute_not_exists(deployedBy)' : '';
  const mlflow = after.mlflow ? ', mlflow = :m' : '';
  return {
    Update: {
      TableName: table().name,
      Key: keys.version(after.model, after.version),
      UpdateExpression: `SET description = :d, tags = :t, #s = :s, revision = :r, updatedAt = :u${mlflow}`,
      ConditionExpression: `revision = :seen${archived}`,
      ExpressionAttributeNames: { '#s': 'status' },
      ExpressionAttributeValues: {
        ':d': after.description,
        ':t': after.tags,
        ':s': after.status,
        ':r': after.revision,
        ':u': after.updatedAt,
        ...(after.mlflow && { ':m': after.mlflow }),
        ':seen': seen,
      },
    },
  };
}

const summary = ({ version, description, tags, status, mlflow }: VersionHead | ModelVersion) => ({
  ...{ version, description, tags, status },
  ...(mlflow?.stage && { stage: mlflow.stage }),
});

export const about = (model: string, verb: string) => ({
  action: `version.${verb}`,
  resource: `model/${model}`,
});
