import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  type BatchWriteCommandInput,
  PutCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import { checkLength, LIMITS } from '#core/tracking/names.ts';
import type { Range } from '#core/tracking/plan.ts';
import { compareTexts } from '#core/tracking/sortable.ts';
import { type Item, table } from '#shared/dynamo.ts';
import { type Key, keys } from '#shared/keys.ts';
import type { Space } from './records.ts';

type Request = NonNullable<BatchWriteCommandInput['RequestItems']>[string][number];

/** BatchWriteItem and BatchGetItem take no more. */
const WRITES = 25;
const READS = 99;

/** Puts and deletes of many items, in no order; each may be done twice. */
export async function writeAll(
  puts: readonly (Item | Key)[],
  deletes: readonly Key[],
): Promise<void> {
  const requests: Request[] = [
    ...puts.map((item) => ({ PutRequest: { Item: { ...item } } })),
    ...deletes.map((key) => ({ DeleteRequest: { Key: { ...key } } })),
  ];
  await Promise.all(slices(requests, WRITES).map(writeBatch));
}

async function writeBatch(requests: Request[]): Promise<void> {
  const { documents, name } = table();
  for (let rest = requests, attempt = 0; rest.length > 0; attempt++) {
    if (attempt > 0) await pause(attempt);
    const command = new BatchWriteCommand({ RequestItems: { [name]: rest } });
    rest = (await documents.send(command)).UnprocessedItems?.[name] ?? [];
    if (rest.length > 0 && attempt === ATTEMPTS) throw throttled();
  }
}

export const ATTEMPTS = 7;
export const throttled = () =>
  Object.assign(new Error('the table took not all items'), { name: 'ThroughputExceeded' });

/** Longer each time, and never the same for two who met. */
export const pause = (attempt: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, 10 * 2 ** attempt * Math.random()));

/** Strongly consistent reads of many items, in no order. */
export async function readAll(wanted: readonly Key[]): Promise<Item[]> {
  const found = await Promise.all(slices(wanted, READS).map(readBatch));
  return found.flat();
}

async function readBatch(wanted: readonly Key[]): Promise<Item[]> {
  const { documents, name } = table();
  const found: Item[] = [];
  let rest: Item[] = wanted.map((key) => ({ ...key }));
  for (let attempt = 0; rest.length > 0; attempt++) {
    if (attempt > 0) await pause(Math.min(attempt, ATTEMPTS));
    const command = new BatchGetCommand({
      RequestItems: { [name]: { Keys: rest, ConsistentRead: true } },
    });
    const { Responses, UnprocessedKeys } = await documents.send(command);
    found.push(...(Responses?.[name] ?? []));
    rest = UnprocessedKeys?.[name]?.Keys ?? [];
  }
  return found;
}

export function slices<T>(all: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < all.length; at += size) parts.push(all.slice(at, at + size));
  return parts;
}

/**
 * Writes items that nobody changed since they were read.
 * @returns false where somebody did; some of them may be written then
 */
export async function putUnchanged(items: readonly (Item & { revision: number })[]) {
  const { documents, name } = table();
  const put = async (item: Item & { revision: number }): Promise<boolean> => {
    const seen = item.revision - 1;
    const command = new PutCommand({
      TableName: name,
      Item: item,
      ConditionExpression: seen === 0 ? 'attribute_not_exists(pk)' : 'revision = :seen',
      ...(seen > 0 && { ExpressionAttributeValues: { ':seen': seen } }),
    });
    return unlessRefused(documents.send(command));
  };
  return (await Promise.all(items.map(put))).every(Boolean);
}

/** @returns false where the condition did not hold */
export async function unlessRefused(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

const MAX_TRIES = 12;

/**
 * Does again what read something and found it changed when it wrote.
 * @param step resolves to undefined where it came too late
 */
export async function untilUnchanged<T>(step: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    const done = await step();
    if (done !== undefined) return done;
    await pause(Math.min(attempt, 5));
  }
  throw throttled();
}

/** All items of a partition whose sort keys begin so, strongly consistent. */
export async function readPrefix(pk: string, prefix: string): Promise<Item[]> {
  const found: Item[] = [];
  for await (const page of pagesOf(pk, { from: prefix, to: `${prefix}\u{10ffff}` })) {
    found.push(...page);
  }
  return found;
}

interface Span {
  /** Sort keys from here, and up to but without `to`. */
  readonly from: string;
  readonly to: string;
  readonly reverse?: boolean;
  /** Items of a page. */
  readonly limit?: number;
}

/** Pages of a partition, strongly consistent. */
export async function* pagesOf(pk: string, span: Span): AsyncGenerator<Item[]> {
  if (compareTexts(span.from, span.to) >= 0) return;
  const { documents, name } = table();
  let start: Item | undefined;
  do {
    const command: QueryCommand = new QueryCommand({
      TableName: name,
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      // Nothing ends exactly where a span does, so that BETWEEN may include it.
      ExpressionAttributeValues: { ':pk': pk, ':from': span.from || '\u0001', ':to': span.to },
      ScanIndexForward: !span.reverse,
      ConsistentRead: true,
      ...(span.limit && { Limit: span.limit }),
      ...(start && { ExclusiveStartKey: start }),
    });
    const { Items = [], LastEvaluatedKey } = await documents.send(command);
    yield Items;
    start = LastEvaluatedKey;
  } while (start);
}

/** What is indexed of an experiment: its runs, or its logged models. */
export type Family = 'RUN' | 'MODEL';

/** Where the entries of an index lie. @throws AppError `invalid` for what no index can be of */
export function indexPartition(
  space: Space,
  experiment: string,
  family: Family,
  { kind, key }: Pick<Range, 'kind' | 'key'>,
): string {
  checkLength(key, LIMITS.key, `${kind} name`);
  checkLength(experiment, LIMITS.key, 'experiment_ids');
  return keys.trackedEntry(space, experiment, `${family}#${kind}#${key}`, '').pk;
}
