import { PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { HOUR_MS } from '#core/capture/keys.ts';
import { hourKey, minuteOf } from '#core/traffic/minutes.ts';
import type { TrafficSummary } from '#core/traffic/summary.ts';
import { type Item, table } from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';

/** One minute of one variant on one instance, or of one shadow from one capture file. */
export interface TrafficItem {
  readonly minute: string;
  readonly variant: string;
  readonly model: string;
  readonly version: number;
  readonly revision: number;
  /** Whoever wrote it: items of one source follow each other. */
  readonly source: string;
  readonly shadow: boolean;
  /** Requests that the source had had before. */
  readonly before: number;
  /** Of a whole hour: requests that were found missing in it. */
  readonly missing: number;
  readonly summary: TrafficSummary;
}

interface Span {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/**
 * Items of a span of time: those of whole hours where there are, else those of minutes.
 * @param finest milliseconds; items of hours are too coarse for less than an hour
 */
export async function* readItems(
  endpoint: string,
  { from, to }: Span,
  finest: number,
): AsyncGenerator<TrafficItem> {
  let at = from;
  if (finest % HOUR_MS === 0 && to - from >= HOUR_MS) {
    for (const [hour, items] of await readHours(endpoint, { from, to })) {
      yield* readMinutes(endpoint, { from: at, to: hour });
      yield* items;
      at = hour + HOUR_MS;
    }
  }
  yield* readMinutes(endpoint, { from: at, to });
}

/** Whole hours within the span, oldest first. */
async function readHours(endpoint: string, { from, to }: Span) {
  const first = Math.ceil(from / HOUR_MS) * HOUR_MS;
  const end = Math.floor(to / HOUR_MS) * HOUR_MS;
  const hours = new Map<number, TrafficItem[]>();
  if (first >= end) return hours;
  for await (const item of query(endpoint, hourKey(first), hourKey(end))) {
    const hour = Date.parse(item.minute);
    hours.set(hour, [...(hours.get(hour) ?? []), item]);
  }
  return hours;
}

/** Items as they were written, minute by minute. */
export async function* readMinutes(
  endpoint: string,
  { from, to }: Span,
): AsyncGenerator<TrafficItem> {
  if (from >= to) return;
  yield* query(endpoint, minuteOf(from), minuteOf(to + 59_999));
}

/** Keys go on after minute or hour, so that what is named here is before all of its items. */
async function* query(endpoint: string, from: string, to: string): AsyncGenerator<TrafficItem> {
  const { documents, name } = table();
  const input = {
    TableName: name,
    KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
    ExpressionAttributeValues: {
      ':pk': keys.traffic(endpoint, '', '', '').pk,
      ':from': from,
      ':to': to,
    },
  };
  for await (const { Items = [] } of paginateQuery({ client: documents }, input)) {
    for (const item of Items) yield itemOf(item);
  }
}

function itemOf(item: Item): TrafficItem {
  const { minute, variant, model, instance, shadow } = item as Record<string, string>;
  return {
    minute: minute as string,
    variant: variant as string,
    model: model as string,
    version: Number(item.version),
    revision: Number(item.revision),
    source: `${variant} ${item.revision} ${instance}`,
    shadow: Boolean(shadow),
    before: Number(item.before),
    missing: Number(item.missing ?? 0),
    summary: JSON.parse(String(item.summary)),
  };
}

const HOURS_KEPT_SECONDS = 400 * 86_400;

/** Writes what one version did in an hour; writing it again replaces it. */
export async function putHour(
  endpoint: string,
  hour: number,
  item: Omit<TrafficItem, 'minute' | 'source' | 'before'>,
): Promise<void> {
  const { documents, name } = table();
  const { variant, revision, shadow, summary } = item;
  const written = shadow ? `shadow:${variant}` : variant;
  const Item = {
    ...keys.traffic(endpoint, hourKey(hour), written, `${revision}`),
    expiresAt: hour / 1000 + HOURS_KEPT_SECONDS,
    ...item,
    ...{ minute: minuteOf(hour), instance: 'hour', before: 0 },
    summary: JSON.stringify(summary),
  };
  await documents.send(new PutCommand({ TableName: name, Item }));
}
