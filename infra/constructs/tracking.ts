import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import type { NotebooksStack } from '../notebooks-stack.ts';
import { grantItems, grantKey, grantListing, grantObjects } from './grants.ts';

const { ANY, GET } = apigateway.HttpMethod;
const FILES = 'tracking/';

/** What MLflow's clients log: experiments, runs, metrics, logged models and their files. */
export function addTracking(notebooks: NotebooksStack, artifactHost?: string): void {
  const { data } = notebooks.props;
  const environment = {
    TABLE_NAME: data.table.tableName,
    ...(artifactHost && { SKIFF_ARTIFACT_HOST: artifactHost }),
  };
  const api = notebooks.addFunction('TrackingApi', {
    handler: 'tracking/handlers/api.ts',
    description: 'Experiments and runs of MLflow clients',
    memoryMb: 1769,
    environment,
  });
  grantItems(
    api,
    data,
    [
      ...(['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'DeleteItem', 'BatchWriteItem'] as const),
      ...(['PartiQLInsert', 'PartiQLDelete'] as const),
    ],
    ['TRACKING#*'],
  );
  grantItems(api, data, ['PutItem'], ['AUDIT']);
  grantKey(api, data, 'write');
  const artifacts = notebooks.addFunction('TrackingArtifacts', {
    handler: 'tracking/handlers/artifacts.ts',
    description: 'Files of runs and logged models',
    memoryMb: 1024,
    environment: { ...environment, DATA_BUCKET: data.data.bucketName },
  });
  grantItems(artifacts, data, ['GetItem', 'Query'], ['TRACKING#*']);
  grantObjects(
    artifacts,
    data.data.bucketArn,
    ['GetObject', 'PutObject', 'DeleteObject', 'AbortMultipartUpload'],
    FILES,
  );
  grantListing(artifacts, data.data.bucketArn, FILES);
  grantKey(artifacts, data, 'write');
  notebooks.addRoutes(api, GET, ['/health', '/version'], 'open');
  // A segment before MLflow's own paths is a workspace.
  for (const space of ['', '/{workspace}']) {
    notebooks.addRoutes(api, GET, space === '' ? [] : [`${space}/health`, `${space}/version`]);
    notebooks.addRoutes(artifacts, GET, [`${space}/get-artifact`]);
    // The same a second time, as MLflow's server has it.
    for (const root of [`${space}/api`, `${space}/ajax-api`]) {
      notebooks.addRoutes(api, ANY, [`${root}/2.0/mlflow/{proxy+}`, `${root}/3.0/mlflow/{proxy+}`]);
      notebooks.addRoutes(artifacts, ANY, [
        `${root}/2.0/mlflow-artifacts/{proxy+}`,
        `${root}/2.0/mlflow/artifacts/{proxy+}`,
        `${root}/2.0/mlflow/logged-models/{model}/artifacts/{proxy+}`,
      ]);
    }
  }
}
