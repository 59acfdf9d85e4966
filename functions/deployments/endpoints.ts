import * as z from 'zod';
import { AppError } from '#core/errors.ts';
import {
  getItem,
  type Item,
  type Page,
  type PageRequest,
  queryPage,
  table,
  transact,
  type Write,
} from '#shared/dynamo.ts';
import { positiveInteger, readEnv } from '#shared/env.ts';
import { ENDPOINTS_INDEX, keys } from '#shared/keys.ts';
import { auditWrite } from '#slices/governance';
import {
  type By,
  changedMeanwhile,
  checkRevision,
  getAlias,
  getModel,
  getVersion,
  newestAt,
} from '#slices/registry';
import { checkAdmission } from './admission.ts';
import { deploymentWrites } from './references.ts';
import {
  Endpoint,
  type EndpointSpec,
  type ServingEndpoint,
  type ServingVariant,
} from './schema.ts';

/** A third of the serving function's default memory: the runtime needs the file and its tensors. */
const DEFAULT_MAX_SERVED_BYTES = 600 * 2 ** 20;

/** Creates an endpoint or gives it a new revision; what it is already makes none. */
export async function putEndpoint(
  name: string,
  spec: EndpointSpec,
  by: By & { ifMatch?: number },
  now = new Date(),
): Promise<{ endpoint: Endpoint; created: boolean }> {
  const current = await getItem(keys.endpoint(name));
  const before = current && !current.deleted ? Endpoint.parse(current) : undefined;
  checkRevision(Number(current?.revision ?? 0), by.ifMatch);
  const serving = await Promise.all(
    spec.variants.map((variant) => resolveVariant(variant, spec.force !== undefined)),
  );
  const variants = spec.variants.map((variant, i) => ({
    ...variant,
    version: (serving[i] as ServingVariant).version,
  }));
  const changed = (e: Pick<Endpoint, 'variants' | 'description'>) =>
    canonical([e.variants, e.description]);
  if (before && changed(before) === changed({ variants, description: spec.description })) {
    return { endpoint: before, created: false };
  }
  const endpoint: Endpoint = {
    name,
    description: spec.description,
    variants,
    ...(spec.force && { forced: { reason: spec.force.reason, actor: by.actor } }),
    createdAt: before?.createdAt ?? now.toISOString(),
    ...next(current, by, now),
  };
  const event = {
    name: 'EndpointUpdated',
    detail: { endpoint: name, revision: endpoint.revision, variants },
  } as const;
  const audit = auditWrite({
    ...by,
    ...about(name, spec.force ? 'force' : 'put'),
    before,
    after: endpoint,
    event,
    at: now,
  });
  const references = deploymentWrites(
    name,
    before?.variants ?? [],
    variants,
    spec.force !== undefined,
  );
  const record = { ...endpoint, serving: servingRecord(endpoint, serving) };
  await commit(name, current, record, [...references, audit]);
  return { endpoint, created: !before };
}

async function resolveVariant(
  variant: EndpointSpec['variants'][number],
  forced: boolean,
): Promise<ServingVariant> {
  const { model } = variant;
  await getModel(model);
  const number = variant.version ?? (await getAlias(model, variant.alias as string)).version;
  const found = await getVersion(model, number);
  const { artifact, signature, version } = found;
  await checkAdmission(found, forced);
  const { SKIFF_MAX_SERVED_BYTES: limit } = readEnv(
    z.object({ SKIFF_MAX_SERVED_BYTES: positiveInteger(DEFAULT_MAX_SERVED_BYTES) }),
  );
  if (artifact.sizeBytes > limit) {
    throw new AppError(
      'unprocessable',
      `version ${version} of "${model}" has ${artifact.sizeBytes} bytes, the serving function takes ${limit}: give it more memory in infra/config.ts`,
    );
  }
  const { sha256, sizeBytes } = artifact;
  return {
    name: variant.name,
    weight: variant.weight,
    model,
    version,
    artifact: { sha256, sizeBytes },
    signature,
  };
}

const servingRecord = (endpoint: Endpoint, variants: ServingVariant[]): ServingEndpoint => ({
  name: endpoint.name,
  revision: endpoint.revision,
  updatedAt: endpoint.updatedAt,
  variants,
});

/** Deletes softly: the history stays and a new endpoint of the name goes on counting. */
export async function deleteEndpoint(
  name: string,
  by: By & { ifMatch?: number },
  now = new Date(),
): Promise<void> {
  const current = await getItem(keys.endpoint(name));
  if (!current) throw noEndpoint(name);
  if (current.deleted) return;
  const before = Endpoint.parse(current);
  checkRevision(before.revision, by.ifMatch);
  const gone = { ...before, ...next(current, by, now), variants: [], deleted: true };
  const event = {
    name: 'EndpointDeleted',
    detail: { endpoint: name, revision: gone.revision },
  } as const;
  const audit = auditWrite({ ...by, ...about(name, 'delete'), before, event, at: now });
  await commit(name, current, gone, [...deploymentWrites(name, before.variants, [], false), audit]);
}

/** Revisions follow each other in time even where clocks do not. */
function next(current: Item | undefined, by: By, now: Date) {
  const last = current ? Date.parse(String(current.updatedAt)) + 1 : 0;
  return {
    revision: Number(current?.revision ?? 0) + 1,
    updatedAt: new Date(Math.max(now.getTime(), last)).toISOString(),
    updatedBy: by.actor,
  };
}

async function commit(
  name: string,
  current: Item | undefined,
  after: Item,
  more: Write[],
): Promise<void> {
  const TableName = table().name;
  const index = after.deleted ? {} : { gsi1pk: ENDPOINTS_INDEX, gsi1sk: name };
  const put: Write = {
    Put: {
      TableName,
      Item: { ...keys.endpoint(name), ...index, ...after },
      ...(current
        ? {
            ConditionExpression: 'revision = :seen',
            ExpressionAttributeValues: { ':seen': current.revision },
          }
        : { ConditionExpression: 'attribute_not_exists(pk)' }),
    },
  };
  const { serving, ...facts } = after;
  const revision: Write = {
    Put: { TableName, Item: { ...keys.endpointRevision(name, Number(after.revision)), ...facts } },
  };
  if ((await transact([put, revision, ...more])) !== undefined) {
    throw changedMeanwhile(`endpoint "${name}", or a version that it serves,`);
  }
}

/** The endpoint now, or as it was at a time. @throws AppError `not-found` */
export async function getEndpoint(name: string, at?: string): Promise<Endpoint> {
  const { pk } = keys.endpoint(name);
  const item = at ? await newestAt(pk, 'REVISION#', at) : await getItem(keys.endpoint(name));
  if (!item || item.deleted) throw noEndpoint(name, at);
  return Endpoint.parse(item);
}

export async function listEndpoints(page: PageRequest): Promise<Page<Endpoint>> {
  const found = await queryPage(
    {
      IndexName: 'gsi1',
      KeyConditionExpression: 'gsi1pk = :pk',
      ExpressionAttributeValues: { ':pk': ENDPOINTS_INDEX },
    },
    page,
    (name) => ({ ...keys.endpoint(name), gsi1pk: ENDPOINTS_INDEX, gsi1sk: name }),
  );
  return { ...found, items: found.items.map((item) => Endpoint.parse(item)) };
}

/** Every revision, newest first; deletions too. */
export async function listRevisions(name: string, page: PageRequest): Promise<Page<Endpoint>> {
  const { pk } = keys.endpoint(name);
  if (!(await getItem(keys.endpoint(name)))) throw noEndpoint(name);
  const found = await queryPage(
    {
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :revision)',
      ExpressionAttributeValues: { ':pk': pk, ':revision': 'REVISION#' },
      ScanIndexForward: false,
    },
    page,
    (sk) => ({ pk, sk }),
  );
  return { ...found, items: found.items.map((item) => Endpoint.parse(item)) };
}

const noEndpoint = (name: string, at?: string) =>
  new AppError(
    'not-found',
    `there ${at ? 'was' : 'is'} no endpoint "${name}"${at ? ` at ${at}` : ''}`,
  );

/** Equal content, whatever the order of the fields. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, v) =>
    v && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );

const about = (name: string, verb: string) => ({
  action: `endpoint.${verb}`,
  resource: `endpoint/${name}`,
});
