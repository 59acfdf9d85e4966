import { Arn, ArnFormat, Duration, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { PlatformStack } from '../platform-stack.ts';
import { isFifo, NEW_STREAM_HOURS, nameOf, type Stream } from '../stream-config.ts';
import { explainObjects } from './grants.ts';
import type { PlatformFunction } from './platform-function.ts';

type Place<K extends string> = Extract<Stream['sink'], { [key in K]: string }>;

/** Where answers go: what its function has to know of it, and may do. */
export interface Sink {
  readonly kind: 'kinesis' | 'sqs' | 'firehose';
  readonly address: string;
  readonly arn: string;
  readonly action: string;
}

export function sinkAt(platform: PlatformStack, id: string, stream: Stream): Sink {
  const { sink } = stream;
  if ('kinesis' in sink) {
    const { streamArn: arn } = streamAt(platform, `${id}Sink`, sink);
    return { kind: 'kinesis', address: arn, arn, action: 'kinesis:PutRecords' };
  }
  if ('sqs' in sink) {
    const queue = queueAt(platform, `${id}Sink`, sink, () => ({}));
    const { queueUrl: address, queueArn: arn } = queue;
    return { kind: 'sqs', address, arn, action: 'sqs:SendMessage' };
  }
  const arn = sink.firehose === 'new' ? addFirehose(platform, id, nameOf(stream)) : sink.firehose;
  const { resourceName } = Arn.split(arn, ArnFormat.SLASH_RESOURCE_NAME);
  const address = resourceName as string;
  return { kind: 'firehose', address, arn, action: 'firehose:PutRecordBatch' };
}

export function streamAt(
  platform: PlatformStack,
  id: string,
  { kinesis: given, shards }: Place<'kinesis'>,
): kinesis.IStream {
  if (given !== 'new') return kinesis.Stream.fromStreamArn(platform, id, given);
  const stream = new kinesis.Stream(platform, id, {
    ...(shards
      ? { streamMode: kinesis.StreamMode.PROVISIONED, shardCount: shards }
      : { streamMode: kinesis.StreamMode.ON_DEMAND }),
    encryption: kinesis.StreamEncryption.KMS,
    encryptionKey: platform.props.data.key,
    retentionPeriod: Duration.hours(NEW_STREAM_HOURS),
  });
  Validations.of(stream).acknowledge({
    id: 'AwsSolutions-KDS3',
    reason: 'The key of the stacks is rotated, and its use is granted and logged.',
  });
  return stream;
}

export function queueAt(
  platform: PlatformStack,
  id: string,
  place: Place<'sqs'>,
  more: () => Partial<sqs.QueueProps>,
): sqs.IQueue {
  if (place.sqs !== 'new') return sqs.Queue.fromQueueArn(platform, id, place.sqs);
  const queue = new sqs.Queue(platform, id, {
    ...(isFifo(place) && { fifo: true }),
    encryption: sqs.QueueEncryption.KMS,
    encryptionMasterKey: platform.props.data.key,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
    ...more(),
  });
  if (!queue.deadLetterQueue) {
    Validations.of(queue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'Whoever takes the answers from it decides what becomes of those that he cannot use.',
    });
  }
  return queue;
}

/** Lines of JSON in the data bucket, by hour. */
function addFirehose(platform: PlatformStack, id: string, name: string): string {
  const { data } = platform.props;
  const prefix = `streams/${name}/`;
  const role = new iam.Role(platform, `${id}FirehoseRole`, {
    assumedBy: new iam.ServicePrincipal('firehose.amazonaws.com', {
      conditions: { StringEquals: { 'sts:ExternalId': platform.account } },
    }),
  });
  const allow = (actions: string[], ...resources: string[]) =>
    role.addToPolicy(new iam.PolicyStatement({ actions, resources }));
  const objects = `${data.data.bucketArn}/${prefix}*`;
  allow(['s3:AbortMultipartUpload', 's3:PutObject'], objects);
  explainObjects(role, data.data.bucketArn, prefix);
  const bucket = ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'];
  allow(bucket, data.data.bucketArn);
  allow(['kms:Decrypt', 'kms:GenerateDataKey'], data.key.keyArn);
  const logGroup = new logs.LogGroup(platform, `${id}FirehoseLogs`, {
    retention: platform.props.config.logRetentionDays as logs.RetentionDays,
  });
  const logStream = new logs.LogStream(platform, `${id}FirehoseLog`, { logGroup });
  allow(['logs:PutLogEvents'], logGroup.logGroupArn);
  const stream = new CfnDeliveryStream(platform, `${id}Firehose`, {
    deliveryStreamType: 'DirectPut',
    deliveryStreamEncryptionConfigurationInput: { keyType: 'AWS_OWNED_CMK' },
    extendedS3DestinationConfiguration: {
      ...{ bucketArn: data.data.bucketArn, roleArn: role.roleArn, compressionFormat: 'GZIP' },
      prefix: `${prefix}dt=!{timestamp:yyyy-MM-dd}/hr=!{timestamp:HH}/`,
      errorOutputPrefix: `${prefix}_errors/!{firehose:error-output-type}/`,
      bufferingHints: { intervalInSeconds: 60, sizeInMBs: 64 },
      encryptionConfiguration: { kmsEncryptionConfig: { awskmsKeyArn: data.key.keyArn } },
      cloudWatchLoggingOptions: {
        ...{ enabled: true, logGroupName: logGroup.logGroupName },
        logStreamName: logStream.logStreamName,
      },
    },
  });
  stream.node.addDependency(role);
  return stream.attrArn;
}

/** Where a stream or queue that was there is encrypted with a key of its own. */
export function grantForeignKey(
  fn: PlatformFunction,
  place: Stream['sink'],
  actions: readonly string[],
): void {
  if (!('key' in place) || place.key === undefined) return;
  fn.addToRolePolicy(new iam.PolicyStatement({ actions: [...actions], resources: [place.key] }));
}
