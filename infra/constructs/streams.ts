import { CfnOutput, Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource, SqsDlq, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { PlatformStack } from '../platform-stack.ts';
import { isFifo, nameOf, type Stream } from '../stream-config.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { explainDeadLetters, grantItems, grantKey, grantObjects } from './grants.ts';
import type { PlatformFunction } from './platform-function.ts';
import { grantForeignKey, queueAt, type Sink, sinkAt, streamAt } from './stream-places.ts';

const TIMEOUT_SECONDS = 60;
/** A record that a dead invocation claimed is taken over after this. */
const LEASE_SECONDS = TIMEOUT_SECONDS + 5;
/** As AWS recommends: time for retries when Lambda is throttled. */
const VISIBILITY = Duration.seconds(6 * TIMEOUT_SECONDS);

/** What watches a stream. */
export interface WatchedStream {
  readonly stream: Stream;
  /** How far behind it is, in these units. */
  readonly lag: cloudwatch.Metric;
  readonly unitsPerSecond: number;
  readonly rejects: DeadLetterQueue;
}

/** Records scored as they flow; nothing is there that was not configured. */
export function addStreams(platform: PlatformStack): void {
  for (const stream of platform.props.config.streams) addStream(platform, stream);
}

function addStream(platform: PlatformStack, stream: Stream): void {
  const id = `Stream${pascal(nameOf(stream))}`;
  const rejects = platform.makeQueue(`${id}Rejects`);
  const sink = sinkAt(platform, id, stream);
  const score = addScorer(platform, id, stream, { sink, rejects });
  const lag = connect(platform, id, stream, score);
  platform.streams[id] = { stream, rejects, ...lag };
  new CfnOutput(platform, `${id}SinkAddress`, { value: sink.address });
  new CfnOutput(platform, `${id}RejectsUrl`, { value: rejects.queueUrl });
}

export const pascal = (name: string): string =>
  name.replace(/(?:^|[._-]+)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

function addScorer(
  platform: PlatformStack,
  id: string,
  stream: Stream,
  { sink, rejects }: { sink: Sink; rejects: DeadLetterQueue },
): PlatformFunction {
  const { config, data } = platform.props;
  const { endpoint, idField } = stream;
  const score = platform.addFunction(`Score${id}`, {
    handler: 'inference/streaming/handlers/score-records.ts',
    description: `Scores records of ${nameOf(stream)} as they flow`,
    memoryMb: stream.memoryMb ?? config.inferenceMemoryMb,
    timeout: Duration.seconds(TIMEOUT_SECONDS),
    layers: [platform.onnxRuntime],
    environment: {
      ...{ STREAM: nameOf(stream), ENDPOINT: endpoint },
      ...{ SINK_KIND: sink.kind, SINK: sink.address, REJECTS_URL: rejects.queueUrl },
      ONE_BY_ONE: String(stream.oneByOne),
      WINDOW_HOURS: String(stream.dedupeHours),
      LEASE_SECONDS: String(LEASE_SECONDS),
      ...(idField && { ID_FIELD: idField }),
      TABLE_NAME: data.table.tableName,
      ARTIFACTS_BUCKET: data.artifacts.bucketName,
      DATA_BUCKET: data.data.bucketName,
    },
  });
  grantItems(score, data, ['GetItem'], [`ENDPOINT#${endpoint}`]);
  grantItems(score, data, ['GetItem', 'PutItem'], [`STREAM#${nameOf(stream)}#*`]);
  grantItems(score, data, ['PutItem'], [`TRAFFIC#${endpoint}`]);
  grantObjects(score, data.artifacts.bucketArn, ['GetObject'], 'artifacts/');
  grantObjects(score, data.data.bucketArn, ['PutObject'], `captures/${endpoint}/`);
  grantKey(score, data, 'write');
  allow(score, sink.action, sink.arn);
  allow(score, 'sqs:SendMessage', rejects.queueArn);
  grantForeignKey(score, stream.sink, ['kms:Decrypt', 'kms:GenerateDataKey']);
  grantForeignKey(score, stream.source, ['kms:Decrypt']);
  return score;
}

const allow = (fn: PlatformFunction, action: string, resource: string): void =>
  fn.addToRolePolicy(new iam.PolicyStatement({ actions: [action], resources: [resource] }));

type Lag = Pick<WatchedStream, 'lag' | 'unitsPerSecond'>;

const connect = (platform: PlatformStack, id: string, stream: Stream, fn: PlatformFunction): Lag =>
  'kinesis' in stream.source
    ? connectStream(platform, id, { ...stream, source: stream.source }, fn)
    : connectQueue(platform, id, { ...stream, source: stream.source }, fn);

/**
 * In the order of each key. The function keeps bad records aside itself: what is tried again here
 * failed for want of something else, and goes on until it is too old.
 */
function connectStream(
  platform: PlatformStack,
  id: string,
  stream: Stream & { readonly source: { kinesis: string } },
  fn: PlatformFunction,
): Lag {
  const source = streamAt(platform, `${id}Source`, stream.source);
  explainDeadLetters(fn);
  fn.addEventSource(
    new KinesisEventSource(source, {
      startingPosition:
        stream.startAt === 'latest'
          ? lambda.StartingPosition.LATEST
          : lambda.StartingPosition.TRIM_HORIZON,
      batchSize: stream.batchSize ?? 500,
      maxBatchingWindow: Duration.seconds(stream.window),
      parallelizationFactor: stream.parallelisation ?? 1,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      maxRecordAge: Duration.seconds(Math.round(stream.maxAgeHours * 3600)),
      ...(stream.maxRetries !== undefined && { retryAttempts: stream.maxRetries }),
      onFailure: new SqsDlq(platform.addDeadLetterQueue(id)),
      ...filtersOf(stream),
    }),
  );
  new CfnOutput(platform, `${id}SourceAddress`, { value: source.streamArn });
  const lag = fn.metric('IteratorAge', { period: Duration.minutes(1), statistic: 'Maximum' });
  return { lag, unitsPerSecond: 1000 };
}

function connectQueue(
  platform: PlatformStack,
  id: string,
  stream: Stream & { readonly source: { sqs: string } },
  fn: PlatformFunction,
): Lag {
  const source = queueAt(platform, `${id}Source`, stream.source, () => ({
    visibilityTimeout: VISIBILITY,
    deadLetterQueue: {
      queue: platform.addDeadLetterQueue(id, { fifo: isFifo(stream.source) }),
      maxReceiveCount: stream.maxReceives,
    },
  }));
  fn.addEventSource(
    new SqsEventSource(source, {
      batchSize: stream.batchSize ?? (stream.window > 0 ? 100 : 10),
      ...(stream.window > 0 && { maxBatchingWindow: Duration.seconds(stream.window) }),
      ...(stream.parallelisation && { maxConcurrency: stream.parallelisation }),
      reportBatchItemFailures: true,
      ...filtersOf(stream),
    }),
  );
  new CfnOutput(platform, `${id}SourceAddress`, { value: source.queueUrl });
  const lag = source.metricApproximateAgeOfOldestMessage({
    period: Duration.minutes(1),
    statistic: 'Maximum',
  });
  return { lag, unitsPerSecond: 1 };
}

const filtersOf = ({ filters }: Stream) =>
  filters.length > 0 && { filters: filters.map((one) => lambda.FilterCriteria.filter(one)) };
