import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { NotebooksStack } from '../notebooks-stack.ts';
import { grantIndex, grantItems, grantKey, grantObjects } from './grants.ts';

/** Registered models and their versions, for MLflow's clients. */
export function addMlflowRegistry(notebooks: NotebooksStack, artifactHost?: string): void {
  const { config, data } = notebooks.props;
  const worker = notebooks.platform.functions.RegisterVersion;
  if (!worker) throw new Error('the platform has no function that registers large artifacts');
  const api = notebooks.addFunction('MlflowRegistryApi', {
    handler: 'mlflow-registry/handlers/api.ts',
    description: 'The registry for MLflow clients',
    memoryMb: 1769,
    environment: {
      TABLE_NAME: data.table.tableName,
      ARTIFACTS_BUCKET: data.artifacts.bucketName,
      DATA_BUCKET: data.data.bucketName,
      SKIFF_SYNC_ARTIFACT_BYTES: String(config.syncArtifactMb * 2 ** 20),
      REGISTER_VERSION_FUNCTION: worker.functionName,
      ...(artifactHost && { SKIFF_ARTIFACT_HOST: artifactHost }),
    },
  });
  grantItems(
    api,
    data,
    ['GetItem', 'PutItem', 'UpdateItem', 'Query', 'ConditionCheckItem'],
    ['MODEL#*', 'REGISTRATION#*', 'AUDIT'],
  );
  grantItems(api, data, ['GetItem', 'Query'], ['TRACKING#*']);
  grantIndex(api, data, ['MODELS']);
  const artifacts = data.artifacts.bucketArn;
  const embedding = 'uploads/embedding/';
  grantObjects(api, artifacts, ['GetObject', 'PutObject', 'AbortMultipartUpload'], 'artifacts/');
  grantObjects(
    api,
    artifacts,
    [
      ...['GetObject', 'PutObject', 'AbortMultipartUpload'],
      ...['DeleteObject', 'DeleteObjectVersion'],
    ],
    embedding,
  );
  grantObjects(api, data.data.bucketArn, ['GetObject'], 'tracking/');
  // What is served, laid out for clients that load it.
  grantObjects(api, data.data.bucketArn, ['PutObject'], 'tracking/*/registered/');
  grantKey(api, data, 'write');
  api.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: [worker.functionArn],
    }),
  );
  for (const root of ['/api', '/ajax-api', '/{workspace}/api', '/{workspace}/ajax-api']) {
    notebooks.addRoutes(api, apigateway.HttpMethod.ANY, [
      `${root}/2.0/mlflow/registered-models/{proxy+}`,
      `${root}/2.0/mlflow/model-versions/{proxy+}`,
    ]);
  }
}
