import { AppError } from '#core/errors.ts';
import { SLOTS, slotOf } from '#core/routing/slots.ts';
import {
  getItem,
  type Page,
  type PageRequest,
  queryPage,
  table,
  transact,
} from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import { presignGet } from '#shared/objects.ts';
import { Endpoint, ServingEndpoint } from '#slices/deployments';
import { auditWrite } from '#slices/governance';
import { type By, changedMeanwhile, checkRevision } from '#slices/registry';
import { writeArchive } from './archive.ts';
import { type BundleContent, bundleContent } from './content.ts';
import { Bundle, type DownloadableBundle, type NewBundle } from './schema.ts';
import { settings } from './settings.ts';
import { type SigningKey, signingKey } from './signing-key.ts';

type Caller = By & { readonly ifMatch?: number };

/** Named by what is in it, so that an attempt that broke off is never taken for another. */
const archiveOf = ({ endpoint, revision, manifestSha256 }: Named) => ({
  bucket: settings().ARTIFACTS_BUCKET,
  key: `bundles/${endpoint}/${revision}-${manifestSha256.slice(0, 16)}.tar`,
});
type Named = Pick<Bundle, 'endpoint' | 'revision' | 'manifestSha256'>;

/** Makes the bundle of what an endpoint serves now; where there is one, that is the answer. */
export async function createBundle(
  endpoint: string,
  wanted: NewBundle,
  by: Caller,
  now = new Date(),
): Promise<{ bundle: Bundle; created: boolean }> {
  const serving = await servingNow(endpoint);
  const known = await getItem(keys.bundle(endpoint, serving.revision));
  if (known) return { bundle: Bundle.parse(known), created: false };
  const key = await signingKey();
  const content = await bundleContent(serving, key);
  const { manifestSha256 } = content;
  const named = { endpoint, revision: serving.revision, manifestSha256 };
  const written = await writeArchive(archiveOf(named), content.files);
  const bundle = describe(serving, content, {
    ...{ manifestSha256, rollout: wanted.rollout, keyId: key.keyId, changes: 1 },
    ...{ sha256: written.sha256, sizeBytes: written.bytes },
    ...{ createdAt: now.toISOString(), updatedAt: now.toISOString(), createdBy: by.actor },
  });
  if (await insert(bundle, by, now)) return { bundle, created: true };
  return { bundle: await getBundle(endpoint, serving.revision), created: false };
}

/** @throws AppError `not-found` */
async function servingNow(name: string): Promise<ServingEndpoint> {
  const item = await getItem(keys.endpoint(name));
  if (item?.serving && !item.deleted) {
    // Records from before there was a choice lack what every endpoint has by default.
    return ServingEndpoint.parse({ ...Endpoint.parse(item), ...item.serving });
  }
  throw new AppError('not-found', `there is no endpoint "${name}"`);
}

function describe(
  { name, revision, variants }: ServingEndpoint,
  { about }: BundleContent,
  facts: Omit<Bundle, 'endpoint' | 'revision' | 'variants'>,
): Bundle {
  return {
    ...{ endpoint: name, revision, ...facts },
    variants: variants.map((variant) => ({
      ...{ name: variant.name, model: variant.model },
      ...{ version: variant.version, weight: variant.weight },
      ...(about.get(variant.name) ?? { goldenSample: false, reference: false }),
    })),
  };
}

const about = ({ endpoint, revision }: Bundle) => ({
  resource: `bundle/${endpoint}/${revision}`,
});

/** @returns false where someone else was faster: with the same bundle */
async function insert(bundle: Bundle, by: Caller, at: Date): Promise<boolean> {
  const { endpoint, revision, sha256, rollout } = bundle;
  const event = { name: 'BundleCreated', detail: { endpoint, revision, sha256, rollout } } as const;
  const audit = auditWrite({
    ...{ actor: by.actor, requestId: by.requestId, action: 'bundle.create', ...about(bundle) },
    ...{ after: bundle, event, at },
  });
  const put = {
    Put: {
      TableName: table().name,
      Item: { ...keys.bundle(endpoint, revision), ...bundle },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  };
  return (await transact([put, audit])) === undefined;
}

/** @throws AppError `not-found` */
export async function getBundle(endpoint: string, revision: number): Promise<Bundle> {
  const item = await getItem(keys.bundle(endpoint, revision));
  if (item) return Bundle.parse(item);
  throw new AppError(
    'not-found',
    `there is no bundle of revision ${revision} of "${endpoint}": POST to its bundles makes one of what it serves now`,
  );
}

/** Newest revision first. */
export async function listBundles(endpoint: string, page: PageRequest): Promise<Page<Bundle>> {
  const { pk } = keys.bundle(endpoint, 0);
  const found = await queryPage(
    {
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pk },
      ScanIndexForward: false,
    },
    page,
    (sk) => ({ pk, sk }),
  );
  return { ...found, items: found.items.map((item) => Bundle.parse(item)) };
}

/** Offers a bundle to more of the devices, or to fewer, who then go back. */
export async function setRollout(
  { endpoint, revision }: Pick<Bundle, 'endpoint' | 'revision'>,
  rollout: number,
  by: Caller,
  now = new Date(),
): Promise<Bundle> {
  const before = await getBundle(endpoint, revision);
  checkRevision(before.changes, by.ifMatch);
  if (before.rollout === rollout) return before;
  const after = { ...before, rollout, changes: before.changes + 1, updatedAt: now.toISOString() };
  const event = { name: 'BundleRolloutUpdated', detail: { endpoint, revision, rollout } } as const;
  const audit = auditWrite({
    ...{ actor: by.actor, requestId: by.requestId, action: 'bundle.rollout', ...about(before) },
    ...{ before, after, event, at: now },
  });
  const put = {
    Put: {
      TableName: table().name,
      Item: { ...keys.bundle(endpoint, revision), ...after },
      ConditionExpression: '#changes = :seen',
      ExpressionAttributeNames: { '#changes': 'changes' },
      ExpressionAttributeValues: { ':seen': before.changes },
    },
  };
  if ((await transact([put, audit])) === undefined) return after;
  throw changedMeanwhile(`the bundle of revision ${revision} of "${endpoint}"`);
}

const URL_SECONDS = 900;

/** With an address that the archive can be fetched from for a while. */
export async function downloadable(bundle: Bundle, now = Date.now()): Promise<DownloadableBundle> {
  const url = await presignGet(archiveOf(bundle), URL_SECONDS);
  return { ...bundle, url, expiresAt: new Date(now + URL_SECONDS * 1000).toISOString() };
}

const PAGE = 20;

/**
 * The bundle that a device is to run: the newest whose rollout it is in. Who is in follows from the
 * device's name and the revision, so that a rollout that grows keeps those it had, and the next one
 * is not tried on the same devices first.
 * @throws AppError `not-found`
 */
export async function bundleFor(endpoint: string, device: string): Promise<Bundle> {
  let cursor: string | undefined;
  do {
    const page: Page<Bundle> = await listBundles(endpoint, { limit: PAGE, cursor });
    const found = page.items.find((bundle) => isOffered(bundle, device));
    if (found) return found;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  throw new AppError('not-found', `there is no bundle of "${endpoint}" for this device`);
}

const isOffered = ({ endpoint, revision, rollout }: Bundle, device: string): boolean =>
  slotOf(`${endpoint}:${revision}:${device}`) < (rollout * SLOTS) / 100;

export const bundleKey = async (): Promise<Omit<SigningKey, 'sign'>> => {
  const { keyId, publicKey } = await signingKey();
  return { keyId, publicKey };
};
