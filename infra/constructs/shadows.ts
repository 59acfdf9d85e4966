import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { PlatformStack } from '../platform-stack.ts';
import { explainDeadLetters, grantItems, grantKey, grantObjects } from './grants.ts';

/** Versions that see what callers sent, outside their time, and whose answers only we see. */
export function addShadows(platform: PlatformStack): void {
  const { config, data } = platform.props;
  const score = platform.addFunction('ScoreShadows', {
    handler: 'shadows/handlers/score-shadows.ts',
    description: 'Has shadows score captured inputs',
    memoryMb: config.inferenceMemoryMb,
    timeout: Duration.minutes(5),
    layers: [platform.onnxRuntime],
    environment: {
      TABLE_NAME: data.table.tableName,
      ARTIFACTS_BUCKET: data.artifacts.bucketName,
      DATA_BUCKET: data.data.bucketName,
    },
  });
  grantItems(score, data, ['GetItem'], ['ENDPOINT#*']);
  grantItems(score, data, ['PutItem'], ['TRAFFIC#*']);
  grantObjects(score, data.artifacts.bucketArn, ['GetObject'], 'artifacts/');
  grantObjects(score, data.data.bucketArn, ['GetObject'], 'captures/');
  grantObjects(score, data.data.bucketArn, ['PutObject'], 'shadows/');
  grantKey(score, data, 'write');
  const deadLetterQueue = platform.addDeadLetterQueue('ScoreShadows');
  score.configureAsyncInvoke({
    retryAttempts: 2,
    maxEventAge: Duration.hours(6),
    onFailure: new SqsDestination(deadLetterQueue),
  });
  explainDeadLetters(score);
  new events.Rule(platform, 'OnShadowedCapture', {
    eventPattern: {
      source: ['aws.s3'],
      detailType: ['Object Created'],
      detail: {
        bucket: { name: [data.data.bucketName] },
        object: { key: [{ wildcard: 'captures/*-shadowed.parquet' }] },
      },
    },
    targets: [new LambdaFunction(score, { deadLetterQueue, retryAttempts: 20 })],
  });
}
