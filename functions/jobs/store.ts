import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { AppError } from '#core/errors.ts';
import {
  getItem,
  type Item,
  type Page,
  type PageRequest,
  queryPage,
  table,
  type Write,
} from '#shared/dynamo.ts';
import { JOBS_INDEX, keys } from '#shared/keys.ts';
import { Job, ShardResult } from './schema.ts';

export async function findJob(id: string): Promise<Item | undefined> {
  return getItem(keys.job(id));
}

/** @throws AppError `not-found` */
export async function jobItem(id: string): Promise<Item> {
  const item = await findJob(id);
  if (item) return item;
  throw new AppError('not-found', `there is no job "${id}"`);
}

export const readJob = async (id: string): Promise<Job> => Job.parse(await jobItem(id));

/** Newest first. */
export async function listJobs(page: PageRequest): Promise<Page<Job>> {
  const found = await queryPage(
    {
      IndexName: 'gsi1',
      KeyConditionExpression: 'gsi1pk = :jobs',
      ExpressionAttributeValues: { ':jobs': JOBS_INDEX },
      ScanIndexForward: false,
    },
    page,
    (cursor) => ({
      ...keys.job(cursor.split('#')[1] ?? ''),
      gsi1pk: JOBS_INDEX,
      gsi1sk: cursor,
    }),
  );
  return { ...found, items: found.items.map((item) => Job.parse(item)) };
}

export const newJobWrite = (job: Job): Write => ({
  Put: {
    TableName: table().name,
    Item: {
      ...keys.job(job.id),
      gsi1pk: JOBS_INDEX,
      gsi1sk: `${job.createdAt}#${job.id}`,
      ...job,
    },
    ConditionExpression: 'attribute_not_exists(pk)',
  },
});

/** Changes a job that is still in one of these states. */
export function jobWrite(
  { id, attempt }: Pick<Job, 'id' | 'attempt'>,
  from: readonly Job['status'][],
  changes: Item,
): Write {
  const set = Object.entries(changes).filter(([, value]) => value !== undefined);
  const removed = Object.keys(changes).filter((field) => changes[field] === undefined);
  const remove = removed.length > 0 ? ` REMOVE ${removed.map((f) => `#${f}`).join(', ')}` : '';
  return {
    Update: {
      TableName: table().name,
      Key: keys.job(id),
      UpdateExpression: `SET ${set.map(([field]) => `#${field} = :${field}`).join(', ')}${remove}`,
      ConditionExpression: `#status IN (${from.map((_, i) => `:from${i}`).join(', ')}) AND #attempt = :seen`,
      ExpressionAttributeNames: {
        ...Object.fromEntries(Object.keys(changes).map((field) => [`#${field}`, field])),
        '#status': 'status',
        '#attempt': 'attempt',
      },
      ExpressionAttributeValues: {
        ...Object.fromEntries(set.map(([field, value]) => [`:${field}`, value])),
        ...Object.fromEntries(from.map((status, i) => [`:from${i}`, status])),
        ':seen': attempt,
      },
    },
  };
}

export async function findShard(job: string, shard: number): Promise<ShardResult | undefined> {
  const item = await getItem(keys.jobShard(job, shard));
  return item && ShardResult.parse(item);
}

/** Once: whoever is second has written the same bytes. */
export async function saveShard(job: string, result: ShardResult): Promise<void> {
  const { documents, name } = table();
  const Item = { ...keys.jobShard(job, result.shard), ...result };
  const ConditionExpression = 'attribute_not_exists(pk)';
  try {
    await documents.send(new PutCommand({ TableName: name, Item, ConditionExpression }));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

/** In their order. */
export async function readShards(job: string): Promise<ShardResult[]> {
  const { documents, name } = table();
  const found: ShardResult[] = [];
  const query = {
    TableName: name,
    ConsistentRead: true,
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :shards)',
    ExpressionAttributeValues: { ':pk': keys.job(job).pk, ':shards': 'SHARD#' },
  };
  for await (const { Items = [] } of paginateQuery({ client: documents }, query)) {
    for (const item of Items) found.push(ShardResult.parse(item));
  }
  return found;
}
