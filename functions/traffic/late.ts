import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { parquetMetadataAsync } from 'hyparquet';
import {
  type CaptureFile,
  captureKey,
  compactPrefix,
  HOUR_MS,
  hourPrefix,
} from '#core/capture/keys.ts';
import { AppError } from '#core/errors.ts';
import { minuteOf } from '#core/traffic/minutes.ts';
import type { TrafficSummary } from '#core/traffic/summary.ts';
import { table } from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import { type ListedObject, listObjects, readRange } from '#shared/object-streams.ts';
import { putNew } from '#shared/objects.ts';
import { factOf } from '#shared/own-parquet.ts';
import { parquetBuffer } from '#shared/parquet-file.ts';
import { REPLACES } from './compaction.ts';
import { passOver } from './pass-over.ts';
import { rollUp } from './roll-up.ts';
import { settings } from './settings.ts';

/*
 * What devices send: minutes, hours or days after it happened, and perhaps twice.
 */

const DAY_MS = 86_400_000;
/** Minutes are kept for fourteen days, and an hour cannot be rolled up again without all of them. */
export const MAX_LATE_MS = 13 * DAY_MS;
const KEPT_MS = 14 * DAY_MS;

/**
 * Keeps a capture file under its name.
 * @returns false where it was kept before, be it that it is part of a compacted one by now
 */
export async function keepCapture(file: CaptureFile, bytes: Uint8Array): Promise<boolean> {
  const { DATA_BUCKET: bucket } = settings();
  const key = captureKey(file);
  const { at, variant } = file;
  const compact = compactPrefix(hourPrefix('captures', file.endpoint, at), variant);
  for await (const other of listObjects({ bucket, key: compact })) {
    if ((await replacedBy(other)).has(key)) return false;
  }
  return putNew({ bucket, key }, bytes);
}

/** By the key of a compacted file, which follows from what it replaces. */
const replaced = new Map<string, ReadonlySet<string>>();
const MAX_REPLACED = 50;

/** Which files a compacted one stands for. */
async function replacedBy(file: ListedObject): Promise<ReadonlySet<string>> {
  const known = replaced.get(file.key);
  if (known) return known;
  const names = new Set(await readReplaced(file));
  const [oldest] = replaced.keys();
  if (replaced.size >= MAX_REPLACED) replaced.delete(oldest as string);
  replaced.set(file.key, names);
  return names;
}

/** From the last bytes of the file alone. */
async function readReplaced({ key, size }: ListedObject): Promise<string[]> {
  const ref = { bucket: settings().DATA_BUCKET, key };
  const { buffer, failure } = parquetBuffer({
    sizeBytes: size,
    read: async function* (start = 0, length = size) {
      yield (await readRange(ref, { start, end: start + length })).bytes;
    },
  });
  try {
    return JSON.parse(factOf({ metadata: await parquetMetadataAsync(buffer) }, REPLACES) ?? '[]');
  } catch (error) {
    if (failure()) throw new AppError('unavailable', `${key} was not read`, { cause: failure() });
    passOver(key, error);
    return [];
  }
}

/** What a device knows of one of its minutes. */
export interface DeviceMinute {
  readonly minute: string;
  readonly variant: string;
  readonly model: string;
  readonly version: number;
  readonly revision: number;
  readonly instance: string;
  readonly before: number;
  readonly summary: TrafficSummary;
}

/**
 * Keeps a minute, or what the device knows of it by now, and has its hour counted again.
 * @returns false where more was known of it before
 */
export async function keepMinute(endpoint: string, item: DeviceMinute, now: Date) {
  const { documents, name } = table();
  const at = Date.parse(item.minute);
  const { summary, ...facts } = item;
  const key = keys.traffic(
    endpoint,
    minuteOf(at),
    item.variant,
    `${item.revision}#${item.instance}`,
  );
  const put = new PutCommand({
    TableName: name,
    Item: {
      ...{ ...key, ...facts, expiresAt: (at + KEPT_MS) / 1000 },
      ...{ summary: JSON.stringify(summary), counted: summary.requests + summary.tableWrites },
    },
    ConditionExpression: 'attribute_not_exists(pk) OR counted <= :counted',
    ExpressionAttributeValues: { ':counted': summary.requests + summary.tableWrites },
  });
  try {
    await documents.send(put);
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
  if (at < now.getTime() - HOUR_MS) await markLate(endpoint, at - (at % HOUR_MS), now);
  return true;
}

/** After what is late was written: an hour that is being rolled up meanwhile is again later. */
async function markLate(endpoint: string, hour: number, now: Date): Promise<void> {
  const { documents, name } = table();
  const expiresAt = (hour + KEPT_MS) / 1000;
  const Item = { ...keys.lateTraffic(endpoint, hour), hour, at: now.toISOString(), expiresAt };
  await documents.send(new PutCommand({ TableName: name, Item }));
}

/** Counts hours again that something came late for. */
export async function rollUpLate(endpoint: string): Promise<void> {
  const { documents, name } = table();
  const { pk, sk } = keys.lateTraffic(endpoint, 0);
  const input = {
    TableName: name,
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :late)',
    ExpressionAttributeValues: { ':pk': pk, ':late': sk.slice(0, sk.indexOf('#') + 1) },
    ConsistentRead: true,
  };
  for await (const { Items = [] } of paginateQuery({ client: documents }, input)) {
    for (const { sk, hour, at } of Items) {
      await rollUp(endpoint, Number(hour));
      await forget({ pk, sk: String(sk) }, String(at));
    }
  }
}

/** Unless more came meanwhile. */
async function forget(Key: { pk: string; sk: string }, at: string): Promise<void> {
  const { documents, name } = table();
  const remove = new DeleteCommand({
    ...{ TableName: name, Key },
    ConditionExpression: '#at = :at',
    ExpressionAttributeNames: { '#at': 'at' },
    ExpressionAttributeValues: { ':at': at },
  });
  await documents.send(remove).catch((error: unknown) => {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  });
}
