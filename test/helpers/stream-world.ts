import type { SourceEvent } from '#shared/source-records.ts';
import { Recorder } from '../../functions/inference/capture/recorder.ts';
import type { Mark, MarkStore } from '../../functions/inference/streaming/claims.ts';
import type { BatchFacts, Consumer } from '../../functions/inference/streaming/consume.ts';
import type { Entry, Sink } from '../../functions/inference/streaming/sinks.ts';
import { INSTANCE, MemorySink } from './capture.ts';
import { type Deployed, serviceOf } from './inference.ts';

/** Marks in memory, as atomic as the table's. */
export class MemoryMarks implements MarkStore {
  readonly marks = new Map<string, Mark>();

  async read(kind: string, id: string): Promise<Mark | undefined> {
    return this.marks.get(`${kind} ${id}`);
  }

  async replace(kind: string, id: string, mark: Mark, seen: Mark | undefined): Promise<boolean> {
    const there = this.marks.get(`${kind} ${id}`);
    const isSeen = seen
      ? there?.holder === seen.holder && there.until === seen.until
      : there === undefined;
    if (!isSeen && there?.holder !== mark.holder) return false;
    await this.write(kind, id, mark);
    return true;
  }

  async write(kind: string, id: string, mark: Mark): Promise<void> {
    this.marks.set(`${kind} ${id}`, mark);
  }
}

/** Everything that was put, in its order. */
export class MemorySinkOf implements Sink {
  readonly ordered: boolean;
  readonly most: Sink['most'];
  readonly taken: Entry[] = [];
  requests = 0;

  constructor(ordered = true, entries = 500) {
    this.ordered = ordered;
    this.most = { entries, bytes: 1_000_000 };
  }

  async put(entries: readonly Entry[]): Promise<boolean[]> {
    this.requests++;
    this.taken.push(...entries);
    return entries.map(() => true);
  }

  get json(): Record<string, any>[] {
    return this.taken.map(({ body }) => JSON.parse(body));
  }
}

/** A consumer on models in memory, and what it did. */
export function memoryConsumer(
  models: Readonly<Record<string, Deployed>>,
  settings: Parameters<typeof serviceOf>[2] = {},
  more: Partial<Consumer> & { idField?: string; oneByOne?: boolean } = {},
) {
  const captures = new MemorySink();
  const results = new MemorySinkOf();
  const rejects = new MemorySinkOf(false, 10);
  const facts: BatchFacts[] = [];
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const service = serviceOf(models, { warn }, settings);
  const consumer: Consumer = {
    scorer: {
      ...{ service, endpoint: Object.keys(models)[0] as string, now: Date.now },
      oneByOne: more.oneByOne ?? false,
      ...(more.idField && { idField: more.idField }),
    },
    store: new MemoryMarks(),
    leaseMs: 65_000,
    ...{ results, rejects, warn, pause: async () => {} },
    recorder: new Recorder({
      ...{ sink: captures, instance: INSTANCE, memoryMb: 1769, now: Date.now, warn },
    }),
    report: (batch) => void facts.push(batch),
    ...more,
  };
  return { consumer, results, rejects, captures, facts, warnings, service };
}

export interface Sample {
  readonly data: unknown;
  readonly key?: string;
  readonly sequence?: number;
}

const textOf = (data: unknown): string => (typeof data === 'string' ? data : JSON.stringify(data));

/** An event as Lambda's poller of a stream makes it. */
export const kinesisEvent = (samples: readonly Sample[]): SourceEvent =>
  ({
    Records: samples.map(({ data, key = 'k', sequence }, i) => ({
      eventID: `shardId-000000000000:${sequence ?? i}`,
      kinesis: {
        sequenceNumber: String(sequence ?? i),
        partitionKey: key,
        data: (Buffer.isBuffer(data) ? data : Buffer.from(textOf(data))).toString('base64'),
        approximateArrivalTimestamp: 1_764_115_200.123,
      },
    })),
  }) as unknown as SourceEvent;

/** And of a queue. */
export const sqsEvent = (samples: readonly Sample[]): SourceEvent =>
  ({
    Records: samples.map(({ data, key, sequence }, i) => ({
      messageId: `message-${sequence ?? i}`,
      body: textOf(data),
      attributes: { SentTimestamp: '1764115200123', ...(key && { MessageGroupId: key }) },
    })),
  }) as unknown as SourceEvent;
