import { paginateQuery } from '@aws-sdk/lib-dynamodb';
import { minuteOf } from '#core/traffic/minutes.ts';
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
  readonly summary: TrafficSummary;
}

/** Items of the minutes of a span of time, oldest first. @param to exclusive */
export async function* readItems(
  endpoint: string,
  from: number,
  to: number,
): AsyncGenerator<TrafficItem> {
  const { documents, name } = table();
  const query = {
    TableName: name,
    KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
    ExpressionAttributeValues: {
      ':pk': keys.traffic(endpoint, '', '', '').pk,
      ':from': minuteOf(from),
      // Keys go on after the minute, so that the minute itself is before all of its items.
      ':to': minuteOf(to + 59_999),
    },
  };
  for await (const { Items = [] } of paginateQuery({ client: documents }, query)) {
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
    summary: JSON.parse(String(item.summary)),
  };
}
