import { AppError } from '#core/errors.ts';
import {
  getItem,
  type Item,
  newestPage,
  type Page,
  type PageRequest,
  queryPage,
  table,
  transact,
  type Write,
} from '#shared/dynamo.ts';
import { DELETED_ENDPOINTS_INDEX, ENDPOINTS_INDEX, keys } from '#shared/keys.ts';
import { type By, changedMeanwhile, newestAt } from '#slices/registry';
import { Endpoint } from './schema.ts';

/** What a new revision carries; revisions follow each other in time even where clocks do not. */
export function next(current: Item | undefined, by: By, now: Date) {
  const last = current ? Date.parse(String(current.updatedAt)) + 1 : 0;
  return {
    revision: Number(current?.revision ?? 0) + 1,
    updatedAt: new Date(Math.max(now.getTime(), last)).toISOString(),
    updatedBy: by.actor,
  };
}

/**
 * Puts a revision in the place of the current one, and with it whatever must happen in the same
 * moment.
 * @throws AppError `conflict` where someone else was faster
 */
export async function commit(
  current: Item | undefined,
  after: Item & { name: string },
  more: readonly Write[],
): Promise<void> {
  const TableName = table().name;
  const { name } = after;
  const gsi1pk = after.deleted ? DELETED_ENDPOINTS_INDEX : ENDPOINTS_INDEX;
  const put: Write = {
    Put: {
      TableName,
      Item: { ...keys.endpoint(name), gsi1pk, gsi1sk: name, ...after },
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

/** One revision, also of an endpoint that is gone; undefined where there never was one. */
export async function getRevision(name: string, revision: number): Promise<Endpoint | undefined> {
  const item = await getItem(keys.endpointRevision(name, revision));
  return item && Endpoint.parse(item);
}

export const listEndpoints = (page: PageRequest): Promise<Page<Endpoint>> =>
  listIn(ENDPOINTS_INDEX, page);

async function listIn(gsi1pk: string, page: PageRequest): Promise<Page<Endpoint>> {
  const found = await queryPage(
    {
      IndexName: 'gsi1',
      KeyConditionExpression: 'gsi1pk = :pk',
      ExpressionAttributeValues: { ':pk': gsi1pk },
    },
    page,
    (name) => ({ ...keys.endpoint(name), gsi1pk, gsi1sk: name }),
  );
  return { ...found, items: found.items.map((item) => Endpoint.parse(item)) };
}

/** Of all that there are, and of those that were there since a time (ms since the epoch). */
export async function* endpointNames(since = Number.POSITIVE_INFINITY): AsyncGenerator<string> {
  for await (const { name } of allIn(ENDPOINTS_INDEX)) yield name;
  if (since === Number.POSITIVE_INFINITY) return;
  for await (const { name, updatedAt } of allIn(DELETED_ENDPOINTS_INDEX)) {
    if (Date.parse(updatedAt) >= since) yield name;
  }
}

async function* allIn(index: string): AsyncGenerator<Endpoint> {
  let cursor: string | undefined;
  do {
    const page = await listIn(index, { limit: 100, cursor });
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

/** Every revision, newest first; deletions too. */
export async function listRevisions(name: string, page: PageRequest): Promise<Page<Endpoint>> {
  const { pk } = keys.endpoint(name);
  if (!(await getItem(keys.endpoint(name)))) throw noEndpoint(name);
  const found = await newestPage(pk, 'REVISION#', page);
  return { ...found, items: found.items.map((item) => Endpoint.parse(item)) };
}

export const noEndpoint = (name: string, at?: string) =>
  new AppError(
    'not-found',
    `there ${at ? 'was' : 'is'} no endpoint "${name}"${at ? ` at ${at}` : ''}`,
  );
