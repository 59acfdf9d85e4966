import { isUtf8 } from 'node:buffer';
import type { KinesisStreamEvent, SQSEvent } from 'aws-lambda';

/** A record as its source hands it over. */
export interface SourceRecord {
  /** Names it in its source: shard and sequence number, or message id. */
  readonly id: string;
  /** By which the source is told that it failed. */
  readonly handle: string;
  /** Records of one key keep their order; undefined where the source has none. */
  readonly key: string | undefined;
  /** What is not UTF-8 stays in base64. */
  readonly text: string;
  /** When it came into the source, in milliseconds since the epoch. */
  readonly at: number;
}

export type SourceEvent = KinesisStreamEvent | SQSEvent;
export interface Failures {
  readonly batchItemFailures: { itemIdentifier: string }[];
}

export const isKinesis = (event: SourceEvent): event is KinesisStreamEvent =>
  event.Records[0] !== undefined && 'kinesis' in event.Records[0];

/** The records of an event, in their order. */
export const recordsOf = (event: SourceEvent): SourceRecord[] =>
  isKinesis(event) ? event.Records.map(ofKinesis) : event.Records.map(ofSqs);

const ofKinesis = ({ eventID, kinesis }: KinesisStreamEvent['Records'][number]): SourceRecord => ({
  id: eventID,
  handle: kinesis.sequenceNumber,
  key: kinesis.partitionKey,
  text: textOf(kinesis.data),
  at: Math.round(kinesis.approximateArrivalTimestamp * 1000),
});

function textOf(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  return isUtf8(bytes) ? bytes.toString('utf8') : base64;
}

const ofSqs = ({ messageId, body, attributes }: SQSEvent['Records'][number]): SourceRecord => ({
  id: messageId,
  handle: messageId,
  key: attributes.MessageGroupId,
  text: body,
  at: Number(attributes.SentTimestamp),
});

/**
 * What the source is to hand over again. Kinesis goes back to the lowest record that is named and
 * hands over all from there on: those that are done are known by their ids.
 */
export function failuresOf(
  event: SourceEvent,
  records: readonly SourceRecord[],
  failed: ReadonlySet<SourceRecord>,
): Failures {
  const handles = records.filter((record) => failed.has(record)).map(({ handle }) => handle);
  const named = isKinesis(event) ? handles.slice(0, 1) : handles;
  return { batchItemFailures: named.map((itemIdentifier) => ({ itemIdentifier })) };
}
