import { createHash } from 'node:crypto';
import { callService } from '#shared/aws-json.ts';

export interface Entry {
  /** The record that it answers. */
  readonly id: string;
  readonly key: string | undefined;
  readonly body: string;
}

/** Where answers go. */
export interface Sink {
  /** Whether it keeps the order of what comes one after the other. */
  readonly ordered: boolean;
  /** What one request holds. */
  readonly most: { readonly entries: number; readonly bytes: number };
  /**
   * One request.
   * @returns which entries were taken
   * @throws where that is not known, or none were
   */
  put(entries: readonly Entry[]): Promise<boolean[]>;
}

export type SinkKind = 'kinesis' | 'sqs' | 'firehose';

/** @param address the ARN of a stream, the URL of a queue, the name of a delivery stream */
export function sinkOf(kind: SinkKind, address: string): Sink {
  if (kind === 'kinesis') return kinesisSink(address);
  return kind === 'sqs' ? sqsSink(address) : firehoseSink(address);
}

interface PutResult {
  readonly ErrorCode?: string;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Partition keys have at most 256 characters, and ids no more. */
const kinesisSink = (StreamARN: string): Sink => ({
  ordered: true,
  most: { entries: 500, bytes: 4_500_000 },
  async put(entries) {
    const Records = entries.map(({ id, key, body }) => ({
      ...{ Data: base64(body), PartitionKey: key ?? id },
    }));
    const answer = await callService('kinesis', 'PutRecords', { StreamARN, Records });
    return (answer.Records as PutResult[]).map(({ ErrorCode }) => !ErrorCode);
  },
});

/** Lines of JSON: the objects in S3 are read as they lie. */
const firehoseSink = (DeliveryStreamName: string): Sink => ({
  ordered: false,
  most: { entries: 500, bytes: 3_500_000 },
  async put(entries) {
    const Records = entries.map(({ body }) => ({ Data: base64(`${body}\n`) }));
    const input = { DeliveryStreamName, Records };
    const answer = await callService('firehose', 'PutRecordBatch', input);
    return (answer.RequestResponses as PutResult[]).map(({ ErrorCode }) => !ErrorCode);
  },
});

/** A FIFO queue keeps the order of a group, and knows a record again for five minutes. */
export function sqsSink(QueueUrl: string): Sink {
  const ordered = QueueUrl.endsWith('.fifo');
  return {
    ordered,
    most: { entries: 10, bytes: 250_000 },
    async put(entries) {
      const Entries = entries.map(({ id, key, body }, i) => ({
        ...{ Id: String(i), MessageBody: body.replace(NOT_IN_XML, escaped) },
        ...(ordered && { MessageGroupId: plain(key ?? id), MessageDeduplicationId: plain(id) }),
      }));
      const answer = await callService('sqs', 'SendMessageBatch', { QueueUrl, Entries });
      const taken = new Set(
        (answer.Successful as { Id: string }[] | undefined)?.map(({ Id }) => Id),
      );
      return entries.map((_, i) => taken.has(String(i)));
    },
  };
}

/** The two characters that SQS refuses and JSON need not escape. */
const NOT_IN_XML = /[\ufffe\uffff]/g;
const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16)}`;

/** What FIFO takes for ids: 128 letters, digits and marks. */
const plain = (id: string): string =>
  /^[\w!"#$%&'()*+,\-./:;<=>?@[\\\]^`{|}~]{1,128}$/.test(id)
    ? id
    : createHash('sha256').update(id).digest('hex');
