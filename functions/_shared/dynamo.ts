import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { invalidField } from '#core/errors.ts';
import { readEnv } from './env.ts';
import type { Key } from './keys.ts';

const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}), {
  marshallOptions: { removeUndefinedValues: true },
});

/** The client and the table that a store works on. */
export interface Table {
  readonly documents: DynamoDBDocumentClient;
  readonly name: string;
}

let shared: Table | undefined;

/** The function's own table, as its environment names it. */
export function table(): Table {
  shared ??= { documents, name: readEnv(z.object({ TABLE_NAME: z.string().min(1) })).TABLE_NAME };
  return shared;
}

export type Item = Record<string, unknown>;
export type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** A strongly consistent read of one item. */
export async function getItem(key: Key, from: Table = table()): Promise<Item | undefined> {
  const { Item } = await from.documents.send(
    new GetCommand({ TableName: from.name, Key: key, ConsistentRead: true }),
  );
  return Item;
}

/** BatchGetItem takes no more at once. */
const BATCH = 100;

/** Strongly consistent reads of many items, in no order; those that are not there are left out. */
export async function batchGet(wanted: readonly Key[], from: Table = table()): Promise<Item[]> {
  const found: Item[] = [];
  let rest: Item[] = wanted.map((key) => ({ ...key }));
  while (rest.length > 0) {
    const now = rest.slice(0, BATCH);
    const { Responses, UnprocessedKeys } = await from.documents.send(
      new BatchGetCommand({ RequestItems: { [from.name]: { Keys: now, ConsistentRead: true } } }),
    );
    found.push(...(Responses?.[from.name] ?? []));
    rest = [...(UnprocessedKeys?.[from.name]?.Keys ?? []), ...rest.slice(BATCH)];
  }
  return found;
}

/**
 * All or nothing. Resolves to the position of the first write whose condition failed, or to
 * undefined when everything was written; throttling and conflicts with other transactions throw,
 * after the client's own retries.
 */
export async function transact(writes: Write[], to: Table = table()): Promise<number | undefined> {
  try {
    await to.documents.send(new TransactWriteCommand({ TransactItems: writes }));
    return undefined;
  } catch (error) {
    const failed = conditionFailed(error);
    if (failed === undefined) throw error;
    return failed;
  }
}

function conditionFailed(error: unknown): number | undefined {
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const reasons = error.CancellationReasons ?? [];
  const failed = reasons.findIndex((reason) => reason.Code === 'ConditionalCheckFailed');
  if (failed >= 0) return failed;
  // Two transactions met on one item: to the caller that is a lost race like any other.
  const conflict = reasons.findIndex((reason) => reason.Code === 'TransactionConflict');
  return conflict >= 0 ? conflict : undefined;
}

export interface Page<T> {
  readonly items: T[];
  readonly nextCursor?: string;
}

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Pages that a filter leaves nearly empty are read on, but not for ever. */
const MAX_READS = 20;

/**
 * One page of a query. The cursor is opaque to clients: the sort key of the last item given out,
 * within the partition that the query itself names, so that it can lead nowhere else.
 */
export async function queryPage(
  query: Omit<QueryCommandInput, 'TableName'>,
  page: PageRequest,
  keyOf: (cursor: string) => Item,
  from: Table = table(),
): Promise<Page<Item>> {
  const items: Item[] = [];
  let start = page.cursor === undefined ? undefined : keyOf(decodeCursor(page.cursor));
  for (let reads = 0; reads < MAX_READS; reads++) {
    const command = new QueryCommand({
      ...query,
      TableName: from.name,
      Limit: page.limit - items.length,
      ...(start && { ExclusiveStartKey: start }),
    });
    const answer = await from.documents.send(command).catch((error: Error) => {
      // The table refuses a key that the query cannot have reached.
      if (error.name === 'ValidationException' && page.cursor !== undefined) throw badCursor();
      throw error;
    });
    items.push(...(answer.Items ?? []));
    start = answer.LastEvaluatedKey;
    if (start === undefined || items.length >= page.limit) break;
  }
  if (start === undefined) return { items };
  return { items, nextCursor: encodeCursor(String(start.gsi1sk ?? start.sk)) };
}

/** One page of a partition's items whose sort keys begin alike, the last ones first. */
export const newestPage = (pk: string, prefix: string, page: PageRequest): Promise<Page<Item>> =>
  queryPage(
    {
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
      ScanIndexForward: false,
    },
    page,
    (sk) => ({ pk, sk }),
  );

const encodeCursor = (sk: string): string => Buffer.from(sk, 'utf8').toString('base64url');

function decodeCursor(cursor: string): string {
  const sk = Buffer.from(cursor, 'base64url').toString('utf8');
  if (sk === '' || encodeCursor(sk) !== cursor) {
    throw badCursor();
  }
  return sk;
}

const badCursor = () => invalidField('cursor', 'is not one that a list returned as nextCursor');
