import { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { list } from '../config.ts';
import type { PlatformStack } from '../platform-stack.ts';
import { explainDeadLetters, grantIndex, grantItems, grantKey, grantObjects } from './grants.ts';
import type { PlatformFunction } from './platform-function.ts';

const { ANY } = apigateway.HttpMethod;
const ANYWHERE = 'Read only: users register datasets from anywhere in the data bucket.';
const CHOSEN = 'Read only: the deployer named this bucket as one that datasets may come from.';
/** A row group of 150,000,000 cells fits, decoded. */
const WORKER_MEMORY_MB = 3008;

/** Datasets, their versions and profiles. */
export function addDatasets(platform: PlatformStack): void {
  const { config, data } = platform.props;
  const environment = {
    TABLE_NAME: data.table.tableName,
    ARTIFACTS_BUCKET: data.artifacts.bucketName,
    DATA_BUCKET: data.data.bucketName,
    SKIFF_SOURCE_BUCKETS: config.sourceBuckets,
  };
  const worker = platform.addFunction('ProfileDataset', {
    handler: 'datasets/handlers/profile-dataset.ts',
    description: 'Registers and profiles large datasets',
    memoryMb: WORKER_MEMORY_MB,
    timeout: Duration.minutes(15),
    environment,
  });
  worker.configureAsyncInvoke({
    retryAttempts: 2,
    maxEventAge: Duration.hours(1),
    onFailure: new SqsDestination(platform.addDeadLetterQueue('ProfileDataset')),
  });
  explainDeadLetters(worker);
  const api = platform.addFunction('DatasetsApi', {
    handler: 'datasets/handlers/api.ts',
    description: 'Datasets, their versions and profiles',
    memoryMb: 1769,
    environment: { ...environment, PROFILE_DATASET_FUNCTION: worker.functionName },
  });
  for (const fn of [api, worker]) grantRegistration(platform, fn);
  grantIndex(api, data, ['DATASETS', 'DATASET#*']);
  api.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: [worker.functionArn],
    }),
  );
  platform.addRoutes(api, ANY, ['/api/v1/datasets', '/api/v1/datasets/{proxy+}']);
}

function grantRegistration(platform: PlatformStack, fn: PlatformFunction): void {
  const { config, data } = platform.props;
  const partitions = ['DATASET#*', 'UPLOAD#*', 'IDEMPOTENCY#*', 'AUDIT'];
  grantItems(fn, data, ['GetItem', 'PutItem', 'UpdateItem'], partitions);
  grantObjects(fn, data.artifacts.bucketArn, ['GetObject'], 'uploads/');
  grantObjects(fn, data.data.bucketArn, ['GetObject'], '', ANYWHERE);
  for (const prefix of ['datasets/sha256/', 'profiles/datasets/']) {
    grantObjects(fn, data.data.bucketArn, ['PutObject'], prefix);
  }
  for (const bucket of list(config.sourceBuckets)) {
    grantObjects(fn, `arn:${platform.partition}:s3:::${bucket}`, ['GetObject'], '', CHOSEN);
  }
  grantKey(fn, data, 'write');
}
