import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { PlatformStack } from '../platform-stack.ts';
import { grantItems, grantKey, grantListing, grantObjects } from './grants.ts';
import type { PlatformFunction } from './platform-function.ts';

const { ANY, GET, POST } = apigateway.HttpMethod;

/** Bundles for devices, and what devices send. */
export function addBundles(platform: PlatformStack): void {
  const { data } = platform.props;
  const api = platform.addFunction('BundlesApi', {
    handler: 'bundles/handlers/api.ts',
    description: 'Bundles for devices, and what devices send',
    memoryMb: 1769,
    environment: {
      TABLE_NAME: data.table.tableName,
      ARTIFACTS_BUCKET: data.artifacts.bucketName,
      DATA_BUCKET: data.data.bucketName,
      SIGNING_SECRET: data.signingSecret.secretArn,
    },
  });
  grantItems(api, data, ['GetItem', 'PutItem', 'Query'], ['BUNDLE#*']);
  grantItems(api, data, ['GetItem'], ['ENDPOINT#*', 'DATASET#*']);
  grantItems(api, data, ['GetItem', 'Query'], ['MODEL#*']);
  grantItems(api, data, ['PutItem'], ['AUDIT', 'TRAFFIC#*']);
  grantFiles(platform, api);
  grantKey(api, data, 'write');
  api.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['secretsmanager:GetSecretValue'],
      resources: [data.signingSecret.secretArn],
    }),
  );
  const endpoint = '/api/v1/endpoints/{endpoint}';
  platform.addRoutes(api, ANY, [`${endpoint}/bundles`, `${endpoint}/bundles/{revision}`]);
  platform.addRoutes(api, GET, [`${endpoint}/devices/{device}/bundle`]);
  platform.addRoutes(api, POST, [`${endpoint}/devices/{device}/uploads`]);
  platform.addRoutes(api, GET, ['/api/v1/bundle-key']);
}

function grantFiles(platform: PlatformStack, api: PlatformFunction): void {
  const { artifacts, data } = platform.props.data;
  grantObjects(api, artifacts.bucketArn, ['GetObject'], 'artifacts/');
  const writing = ['GetObject', 'PutObject', 'AbortMultipartUpload'];
  grantObjects(api, artifacts.bucketArn, writing, 'bundles/');
  grantObjects(api, data.bucketArn, ['GetObject'], 'profiles/datasets/');
  for (const prefix of ['captures/', 'device-profiles/']) {
    grantListing(api, data.bucketArn, prefix);
    grantObjects(api, data.bucketArn, ['GetObject', 'PutObject'], prefix);
  }
}
