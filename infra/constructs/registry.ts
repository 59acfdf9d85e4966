import { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { list } from '../config.ts';
import type { PlatformStack } from '../platform-stack.ts';
import { explainDeadLetters, grantIndex, grantItems, grantKey, grantObjects } from './grants.ts';

const { ANY } = apigateway.HttpMethod;
const CHOSEN = 'Read only: the deployer named this bucket as one that artifacts may come from.';

/** Models, versions, uploads, aliases. */
export function addRegistry(platform: PlatformStack): void {
  const { config, data } = platform.props;
  const environment = {
    TABLE_NAME: data.table.tableName,
    ARTIFACTS_BUCKET: data.artifacts.bucketName,
    DATA_BUCKET: data.data.bucketName,
    SKIFF_SOURCE_BUCKETS: config.sourceBuckets,
    SKIFF_SYNC_ARTIFACT_BYTES: String(config.syncArtifactMb * 2 ** 20),
  };
  const worker = platform.addFunction('RegisterVersion', {
    handler: 'registry/handlers/register-version.ts',
    description: 'Registers versions with large artifacts',
    memoryMb: config.registrationMemoryMb,
    timeout: Duration.minutes(15),
    environment,
  });
  worker.configureAsyncInvoke({
    retryAttempts: 2,
    maxEventAge: Duration.hours(1),
    onFailure: new SqsDestination(platform.addDeadLetterQueue('RegisterVersion')),
  });
  explainDeadLetters(worker);
  const api = platform.addFunction('RegistryApi', {
    handler: 'registry/handlers/api.ts',
    description: 'Models, versions, uploads, aliases',
    memoryMb: 1769,
    environment: { ...environment, REGISTER_VERSION_FUNCTION: worker.functionName },
  });
  for (const fn of [api, worker]) {
    const partitions = ['MODEL#*', 'UPLOAD#*', 'REGISTRATION#*', 'IDEMPOTENCY#*', 'AUDIT'];
    grantItems(
      fn,
      data,
      ['GetItem', 'PutItem', 'UpdateItem', 'Query', 'ConditionCheckItem'],
      partitions,
    );
    grantObjects(fn, data.artifacts.bucketArn, ['GetObject', 'PutObject'], 'uploads/');
    grantObjects(
      fn,
      data.artifacts.bucketArn,
      ['AbortMultipartUpload', 'DeleteObject', 'DeleteObjectVersion'],
      'uploads/embedding/',
    );
    grantObjects(
      fn,
      data.artifacts.bucketArn,
      ['GetObject', 'PutObject', 'AbortMultipartUpload'],
      'artifacts/',
    );
    grantObjects(
      fn,
      data.data.bucketArn,
      ['GetObject'],
      '',
      'Read only: users register artifacts from anywhere in the data bucket.',
    );
    for (const bucket of list(config.sourceBuckets)) {
      grantObjects(fn, `arn:${platform.partition}:s3:::${bucket}`, ['GetObject'], '', CHOSEN);
    }
    grantKey(fn, data, 'write');
  }
  grantIndex(api, data, ['MODELS']);
  api.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: [worker.functionArn],
    }),
  );
  platform.addRoutes(api, ANY, [
    '/api/v1/models',
    '/api/v1/models/{proxy+}',
    '/api/v1/uploads',
    '/api/v1/registrations/{proxy+}',
  ]);
}
