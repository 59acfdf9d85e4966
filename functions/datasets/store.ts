import { AppError } from '#core/errors.ts';
import { Profile } from '#core/profile/schema.ts';
import { getItem, type Item, type Page, queryPage, table, transact } from '#shared/dynamo.ts';
import { DATASETS_INDEX, datasetIndex, keys, ordinal } from '#shared/keys.ts';
import { type ObjectRef, readObject } from '#shared/objects.ts';
import { auditWrite } from '#slices/governance';
import { type By, changedMeanwhile } from '#slices/registry';
import { Dataset, type DatasetQuery } from './schema.ts';
import { settings } from './settings.ts';

/** @throws AppError `not-found` */
export async function getDataset(name: string, digest: string): Promise<Dataset> {
  await head(name);
  const item = await getItem(keys.datasetVersion(name, digest));
  if (!item) throw new AppError('not-found', `dataset "${name}" has no version ${digest}`);
  return Dataset.parse(item);
}

/** The version with this digest, or the newest; undefined where there is none. */
export async function findDataset(wanted: {
  readonly name: string;
  readonly digest?: string | undefined;
}): Promise<Dataset | undefined> {
  const current = await getItem(keys.dataset(wanted.name));
  if (!current || current.deleted) return undefined;
  const digest = wanted.digest ?? String(current.digest);
  const item = await getItem(keys.datasetVersion(wanted.name, digest));
  return item && Dataset.parse(item);
}

/** The newest version. @throws AppError `not-found` also for a deleted one */
export async function getNewest(name: string): Promise<Dataset> {
  return Dataset.parse(await head(name));
}

async function head(name: string): Promise<Item> {
  const item = await getItem(keys.dataset(name));
  if (!item || item.deleted) throw new AppError('not-found', `there is no dataset "${name}"`);
  return item;
}

/** Newest versions by name, of those datasets that are not deleted. */
export async function listDatasets(query: DatasetQuery): Promise<Page<Dataset>> {
  const page = await queryPage(
    {
      IndexName: 'gsi1',
      KeyConditionExpression: 'gsi1pk = :pk',
      ...(query.role && {
        FilterExpression: '#role = :role',
        ExpressionAttributeNames: { '#role': 'role' },
      }),
      ExpressionAttributeValues: {
        ':pk': DATASETS_INDEX,
        ...(query.role && { ':role': query.role }),
      },
    },
    query,
    (name) => ({ ...keys.dataset(name), ...indexedByName(name) }),
  );
  return { ...page, items: page.items.map((item) => Dataset.parse(item)) };
}

/** Newest first. */
export async function listVersions(
  name: string,
  query: { limit: number; cursor?: string | undefined },
): Promise<Page<Dataset>> {
  await head(name);
  const page = await queryPage(
    {
      IndexName: 'gsi1',
      KeyConditionExpression: 'gsi1pk = :pk',
      ExpressionAttributeValues: { ':pk': datasetIndex(name) },
      ScanIndexForward: false,
    },
    query,
    keyOfVersion(name),
  );
  return { ...page, items: page.items.map((item) => Dataset.parse(item)) };
}

/** Versions, files and profiles stay; the name is free for a version that brings it back. */
export async function deleteDataset(name: string, by: By, now = new Date()): Promise<void> {
  const { gsi1pk: _pk, gsi1sk: _sk, ...rest } = await head(name);
  const { digest, serial } = Dataset.parse(rest);
  const put = {
    Put: {
      TableName: table().name,
      Item: { ...rest, deleted: true },
      ConditionExpression: 'serial = :seen AND attribute_not_exists(deleted)',
      ExpressionAttributeValues: { ':seen': serial },
    },
  };
  const event = { name: 'DatasetDeleted', detail: { dataset: name } } as const;
  const about = { action: 'dataset.delete', resource: `dataset/${name}` };
  const audit = auditWrite({ ...by, ...about, before: { digest }, event, at: now });
  if ((await transact([put, audit])) !== undefined) throw changedMeanwhile(`dataset "${name}"`);
}

export const profileRef = (digest: string): ObjectRef => ({
  bucket: settings().DATA_BUCKET,
  key: `profiles/datasets/${digest}.json`,
});

/** With its sketches, as it was computed at registration. */
export async function getProfile(digest: string): Promise<Profile> {
  const { bytes } = await readObject(profileRef(digest));
  return Profile.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
}

export const indexedByName = (name: string) => ({ gsi1pk: DATASETS_INDEX, gsi1sk: name });
/** Serial and digest, so that a cursor leads to the whole key. */
export const indexedBySerial = ({ name, serial, digest }: Dataset) => ({
  gsi1pk: datasetIndex(name),
  gsi1sk: `${ordinal(serial)}#${digest}`,
});
const keyOfVersion = (name: string) => (gsi1sk: string) => ({
  ...keys.datasetVersion(name, gsi1sk.split('#')[1] ?? ''),
  gsi1pk: datasetIndex(name),
  gsi1sk,
});
