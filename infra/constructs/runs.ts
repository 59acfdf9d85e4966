import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import type { NotebooksStack } from '../notebooks-stack.ts';
import { grantItems, grantKey, grantListing, grantObjects } from './grants.ts';

const { GET, POST } = apigateway.HttpMethod;
const FILES = 'tracking/';

/** Runs of MLflow's clients by fields, and what it takes to run them again. It reads, and no more. */
export function addRuns(notebooks: NotebooksStack): void {
  const { data } = notebooks.props;
  const api = notebooks.addFunction('RunsApi', {
    handler: 'runs/handlers/api.ts',
    description: 'Runs of MLflow clients, and what it takes to run them again',
    memoryMb: 1024,
    environment: { TABLE_NAME: data.table.tableName, DATA_BUCKET: data.data.bucketName },
  });
  grantItems(api, data, ['GetItem', 'BatchGetItem', 'Query'], ['TRACKING#*']);
  grantObjects(api, data.data.bucketArn, ['GetObject'], FILES);
  grantListing(api, data.data.bucketArn, FILES);
  grantKey(api, data, 'read');
  notebooks.addRoutes(api, GET, ['/api/v1/runs/{run}']);
  notebooks.addRoutes(api, POST, ['/api/v1/runs/{run}/reproduction']);
}
