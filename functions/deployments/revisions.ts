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
import { ENDPOINTS_INDEX, keys } from '#shared/keys.ts';
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

/** One revision, also of an endpoint that is gone; undefined where there never was one. */
export async function getRevision(name: string, revision: number): Promise<Endpoint | undefined> {
  const item = await getItem(keys.endpointRevision(name, revision));
  return item && Endpoint.parse(item);
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

/** Of all that there are. */
export async function* endpointNames(): AsyncGenerator<string> {
  let cursor: string | undefined;
  do {
    const page = await listEndpoints({ limit: 100, cursor });
    for (const { name } of page.items) yield name;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
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

export const noEndpoint = (name: string, at?: string) =>
  new AppError(
    'not-found',
    `there ${at ? 'was' : 'is'} no endpoint "${name}"${at ? ` at ${at}` : ''}`,
  );
