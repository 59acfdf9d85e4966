import * as z from 'zod';

const ENDPOINT_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const arnOf = (service: string) =>
  z.string().regex(new RegExp(`^arn:[\\w-]+:${service}:[\\w-]+:\\d{12}:.+$`), {
    error: `must be "new", or the ARN of one that is there (arn:aws:${service}:…)`,
  });
/** Where one that is there is encrypted with a key of its own. */
const key = arnOf('kms').optional();

const Kinesis = z.strictObject({
  kinesis: z.literal('new').or(arnOf('kinesis')),
  /** Of a new stream; on demand where nothing is said. */
  shards: z.int().min(1).max(500).optional(),
  key,
});
const Sqs = z.strictObject({
  sqs: z.literal('new').or(arnOf('sqs')),
  /** A new queue that keeps the order of its groups. */
  fifo: z.boolean().optional(),
  key,
});
const Firehose = z.strictObject({ firehose: z.literal('new').or(arnOf('firehose')) });

const Fields = z.strictObject({
  endpoint: z.string().regex(ENDPOINT_NAME, 'must be the name of an endpoint'),
  /** Where an endpoint has several streams. */
  name: z.string().regex(ENDPOINT_NAME).optional(),
  source: Kinesis.or(Sqs),
  sink: Kinesis.or(Sqs).or(Firehose),
  batchSize: z.int().min(1).max(10_000).optional(),
  /** How long records are gathered for a batch, in seconds. */
  window: z.int().min(0).max(300).default(1),
  /** Of Kinesis: batches of one shard at a time; of SQS: batches at a time. */
  parallelisation: z.int().min(1).max(1_000).optional(),
  /** A run of the model for each record. */
  oneByOne: z.boolean().default(false),
  /** A field that names the record; else its place in the source does. */
  idField: z.string().min(1).max(128).optional(),
  /** How long a record is known again by its id; 0: not at all. */
  dedupeHours: z
    .number()
    .min(0)
    .max(24 * 30)
    .default(24),
  /** Of Kinesis: batches that fail are tried again for so long. */
  maxAgeHours: z
    .number()
    .min(0.02)
    .max(24 * 7)
    .default(12),
  /** And so many times; without a limit where nothing is said. */
  maxRetries: z.int().min(0).max(10_000).optional(),
  /** Of a new queue: messages that fail are handed over so many times. */
  maxReceives: z.int().min(1).max(1_000).default(20),
  /** The alarm rings from this lag on. */
  lagSeconds: z.int().min(1).default(300),
  startAt: z.enum(['oldest', 'latest']).default('oldest'),
  /** Patterns of Lambda's event filtering; records that fit none are passed over. */
  filters: z.array(z.record(z.string(), z.unknown())).max(10).default([]),
  memoryMb: z.int().min(512).max(10_240).optional(),
});
export type Stream = z.infer<typeof Fields>;

/** An endpoint that scores records as they flow: docs/streaming.md. */
export const Stream = Fields.superRefine((stream, context) => {
  for (const [path, message] of problemsOf(stream)) {
    context.addIssue({ code: 'custom', path: [path], message });
  }
});

export const nameOf = ({ name, endpoint }: Stream): string => name ?? endpoint;

export const isFifo = (place: Stream['source'] | Stream['sink']): boolean =>
  'sqs' in place && (place.fifo === true || place.sqs.endsWith('.fifo'));

/** A new Kinesis stream keeps its records so long. */
export const NEW_STREAM_HOURS = 24;

/** What Lambda would refuse half-way through a deployment, or never end. */
function* problemsOf(stream: Stream): Generator<[string, string]> {
  const { source, sink, batchSize = 1, window, parallelisation } = stream;
  const own = Object.values(source)[0];
  if (own !== 'new' && Object.values(sink)[0] === own) {
    yield ['sink', 'is the source itself: answers would be scored for ever'];
  }
  if ('kinesis' in source) {
    if ((parallelisation ?? 1) > 10) yield ['parallelisation', 'of a Kinesis stream is at most 10'];
    if (own === 'new' && stream.maxAgeHours > NEW_STREAM_HOURS)
      yield [
        'maxAgeHours',
        `of a new stream is at most ${NEW_STREAM_HOURS}: it keeps no record longer`,
      ];
    return;
  }
  if (isFifo(source) && window > 0) yield ['window', 'must be 0 for a FIFO queue'];
  if (isFifo(source) && batchSize > 10) yield ['batchSize', 'of a FIFO queue is at most 10'];
  if (window === 0 && batchSize > 10)
    yield ['batchSize', 'above 10 needs a window of a second or more'];
  if (parallelisation === 1) {
    yield ['parallelisation', 'of a queue is at least 2'];
  }
  if (stream.startAt !== 'oldest')
    yield ['startAt', 'is of Kinesis: a queue has no place to start at'];
}
