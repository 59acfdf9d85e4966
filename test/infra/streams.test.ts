import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Config, readConfig } from '../../infra/config.ts';
import { root, synthesise } from './synthesise.ts';

type Properties = Record<string, any>;
const QUEUE = 'arn:aws:sqs:eu-west-1:123456789012:orders';
const EVENTS = 'arn:aws:kinesis:eu-west-1:123456789012:stream/events';
const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/abc';
const streams = [
  {
    endpoint: 'churn',
    source: { kinesis: 'new' },
    sink: { kinesis: 'new', shards: 3 },
    ...{ batchSize: 250, window: 5, parallelisation: 4, maxRetries: 9, maxAgeHours: 2 },
    filters: [{ data: { kind: ['order'] } }],
  },
  {
    endpoint: 'churn',
    name: 'churn-orders',
    source: { sqs: 'new', fifo: true },
    sink: { firehose: 'new' },
    window: 0,
    ...{ idField: 'order', dedupeHours: 48, oneByOne: true, memoryMb: 3008 },
  },
  {
    endpoint: 'fraud',
    source: { kinesis: EVENTS, key: KEY },
    sink: { sqs: QUEUE, key: KEY },
    startAt: 'latest',
  },
  { endpoint: 'plain', source: { sqs: 'new' }, sink: { sqs: 'new' }, parallelisation: 5 },
];

let stacks: ReturnType<typeof synthesise>;
beforeAll(() => {
  stacks = synthesise({ streams: streams as never });
});

const named = (type: string, prefix: string): Properties[] =>
  Object.entries(stacks.platform.findResources(type))
    .filter(([id]) => id.startsWith(prefix))
    .map(([, { Properties }]) => Properties);
const mappingOf = (stream: string) => named('AWS::Lambda::EventSourceMapping', `Score${stream}`)[0];

describe('streams', () => {
  it('are none where none is configured', () => {
    const { platform } = synthesise();
    for (const type of ['AWS::Kinesis::Stream', 'AWS::KinesisFirehose::DeliveryStream']) {
      platform.resourceCountIs(type, 0);
    }
    expect(JSON.stringify(platform.toJSON())).not.toContain('score-records');
  });

  it('leave no finding of cdk-nag without a reason, and need no custom resource', () => {
    expect(() => stacks.app.synth()).not.toThrow();
    const types = Object.values(
      stacks.platform.toJSON().Resources as Record<string, { Type: string }>,
    ).map(({ Type }) => Type);
    expect(types.filter((type) => /^Custom::|CustomResource/.test(type))).toEqual([]);
  });

  it('read Kinesis in part, in halves, for a time, and keep what is too old', () => {
    expect(mappingOf('StreamChurnKinesis')).toMatchObject({
      ...{ BatchSize: 250, MaximumBatchingWindowInSeconds: 5, ParallelizationFactor: 4 },
      ...{ BisectBatchOnFunctionError: true, MaximumRetryAttempts: 9 },
      ...{ MaximumRecordAgeInSeconds: 7200, StartingPosition: 'TRIM_HORIZON' },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: { OnFailure: { Destination: expect.anything() } },
      FilterCriteria: { Filters: [{ Pattern: '{"data":{"kind":["order"]}}' }] },
    });
    expect(mappingOf('StreamFraudKinesis')).toMatchObject({
      ...{ BatchSize: 500, StartingPosition: 'LATEST', MaximumRecordAgeInSeconds: 43_200 },
      EventSourceArn: EVENTS,
    });
  });

  it('read queues in part, and keep aside what fails again and again', () => {
    expect(mappingOf('StreamPlainSqs')).toMatchObject({
      ...{ BatchSize: 100, MaximumBatchingWindowInSeconds: 1 },
      ScalingConfig: { MaximumConcurrency: 5 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    const [fifo] = named('AWS::SQS::Queue', 'StreamChurnOrdersSource');
    expect(fifo).toMatchObject({
      ...{ FifoQueue: true, VisibilityTimeout: 360, KmsMasterKeyId: expect.anything() },
      RedrivePolicy: { maxReceiveCount: 20, deadLetterTargetArn: expect.anything() },
    });
    expect(named('AWS::SQS::Queue', 'StreamChurnOrdersDeadLetters')[0]?.FifoQueue).toBe(true);
    expect(mappingOf('StreamChurnOrdersSqs')).toMatchObject({ BatchSize: 10 });
  });

  it('are encrypted with our key, and pay by use unless shards are asked for', () => {
    const [source] = named('AWS::Kinesis::Stream', 'StreamChurnSource');
    expect(source).toMatchObject({
      ...{ StreamModeDetails: { StreamMode: 'ON_DEMAND' }, RetentionPeriodHours: 24 },
      StreamEncryption: { EncryptionType: 'KMS', KeyId: expect.anything() },
    });
    const [sink] = named('AWS::Kinesis::Stream', 'StreamChurnSink');
    expect(sink).toMatchObject({ ShardCount: 3, StreamEncryption: { EncryptionType: 'KMS' } });
    stacks.platform.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', {
      DeliveryStreamEncryptionConfigurationInput: { KeyType: 'AWS_OWNED_CMK' },
      ExtendedS3DestinationConfiguration: {
        CompressionFormat: 'GZIP',
        Prefix: 'streams/churn-orders/dt=!{timestamp:yyyy-MM-dd}/hr=!{timestamp:HH}/',
        ErrorOutputPrefix: 'streams/churn-orders/_errors/!{firehose:error-output-type}/',
        CloudWatchLoggingOptions: { Enabled: true },
      },
    });
  });

  it('tell their functions what to do', () => {
    const [fn] = named('AWS::Lambda::Function', 'ScoreStreamChurnOrders');
    expect(fn).toMatchObject({ MemorySize: 3008, Timeout: 60 });
    expect(fn?.Environment.Variables).toMatchObject({
      ...{ STREAM: 'churn-orders', ENDPOINT: 'churn', SINK_KIND: 'firehose', ID_FIELD: 'order' },
      ...{ ONE_BY_ONE: 'true', WINDOW_HOURS: '48', LEASE_SECONDS: '65' },
    });
  });

  it('may do no more than they need', () => {
    const [policy] = named('AWS::IAM::Policy', 'ScoreStreamFraudRole') as [Properties];
    const names = (value: unknown) =>
      [value]
        .flat()
        .map((one) => (typeof one === 'string' ? one : 'ours'))
        .join(' ');
    const statements = (policy.PolicyDocument.Statement as Properties[]).map((one) => {
      const partitions = one.Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'];
      return `${names(one.Action)} on ${names(one.Resource)}${partitions ? `: ${partitions}` : ''}`;
    });
    expect(statements.sort()).toEqual([
      'dynamodb:GetItem dynamodb:PutItem on ours: STREAM#fraud#*',
      'dynamodb:GetItem on ours: ENDPOINT#fraud',
      'dynamodb:PutItem on ours: TRAFFIC#fraud',
      `kinesis:DescribeStream kinesis:DescribeStreamConsumer kinesis:DescribeStreamSummary kinesis:GetRecords kinesis:GetShardIterator kinesis:ListShards kinesis:ListStreams kinesis:SubscribeToShard on ${EVENTS}`,
      'kms:Decrypt kms:DescribeKey kms:Encrypt kms:GenerateDataKey kms:GenerateDataKey* kms:ReEncrypt* on ours',
      `kms:Decrypt kms:GenerateDataKey on ${KEY}`,
      'logs:CreateLogStream logs:PutLogEvents on ours',
      's3:GetObject on ours',
      's3:PutObject on ours',
      'sqs:GetQueueAttributes sqs:GetQueueUrl sqs:SendMessage on ours',
      `sqs:SendMessage on ${QUEUE} ours`,
      'xray:PutTelemetryRecords xray:PutTraceSegments on *',
    ]);
  });

  it('ring where they are late, where records are bad, where work failed', () => {
    const alarm = (id: string) => {
      const found = Object.entries(
        stacks.observability.findResources('AWS::CloudWatch::Alarm'),
      ).find(([name]) => name.startsWith(id));
      return found?.[1].Properties as Properties | undefined;
    };
    expect(alarm('StreamChurnLate')).toMatchObject({
      ...{ MetricName: 'IteratorAge', Threshold: 300_000, EvaluationPeriods: 3 },
      AlarmDescription: expect.stringContaining('docs/runbooks/stream-late.md'),
    });
    expect(alarm('StreamPlainLate')).toMatchObject({
      ...{ MetricName: 'ApproximateAgeOfOldestMessage', Threshold: 300 },
    });
    expect(alarm('StreamFraudRejected')).toMatchObject({ Threshold: 1 });
    for (const id of ['StreamChurn', 'StreamFraud', 'StreamPlain', 'StreamChurnOrders']) {
      expect(alarm(`${id}DeadLettersDepth`)).toMatchObject({ Threshold: 1 });
    }
  });
});

describe('the configuration of streams', () => {
  const problem = (more: object) => {
    const one = { endpoint: 'e', source: { sqs: 'new' }, sink: { sqs: 'new' }, ...more };
    const result = Config.safeParse({ streams: JSON.stringify([one]) });
    return result.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  };

  it('is read from the context, as a list or as its text', () => {
    expect(readConfig((name) => (name === 'streams' ? streams : undefined)).streams).toHaveLength(
      4,
    );
    expect(problem({})).toBeUndefined();
    expect(readConfig(() => undefined).streams).toEqual([]);
    expect(readConfig((name) => (name === 'stage' ? 'local' : undefined)).streams).toHaveLength(2);
  });

  it('is written in the guide as it is read', () => {
    const guide = readFileSync(join(root, 'docs/streaming.md'), 'utf8');
    const [, example] = /```json\n("streams"[\s\S]*?)```/.exec(guide) ?? [];
    const { streams: shown } = Config.parse(JSON.parse(`{${example}}`));
    expect(shown.map(({ endpoint }) => endpoint)).toEqual(['churn', 'fraud']);
  });

  it.each([
    [{ endpoint: 'No Name' }, 'streams.0.endpoint: must be the name of an endpoint'],
    [{ source: { sqs: QUEUE }, sink: { sqs: QUEUE } }, 'streams.0.sink: is the source itself'],
    [{ window: 0, batchSize: 11 }, 'streams.0.batchSize: above 10 needs a window'],
    [{ source: { sqs: 'new', fifo: true } }, 'streams.0.window: must be 0 for a FIFO queue'],
    [{ parallelisation: 1 }, 'streams.0.parallelisation: of a queue is at least 2'],
    [
      { source: { kinesis: 'new' }, parallelisation: 11 },
      'streams.0.parallelisation: of a Kinesis',
    ],
    [
      { source: { kinesis: 'new' }, maxAgeHours: 25 },
      'streams.0.maxAgeHours: of a new stream is at most 24',
    ],
    [{ startAt: 'latest' }, 'streams.0.startAt: is of Kinesis'],
  ])('says what does not fit: %j', (more, message) => {
    expect(problem(more)?.join('\n')).toContain(message);
  });

  it('gives each stream a name of its own', () => {
    const one = { endpoint: 'e', source: { sqs: 'new' }, sink: { sqs: 'new' } };
    expect(() => synthesise({ streams: [one, one] as never })).toThrow('names a stream twice');
  });
});
