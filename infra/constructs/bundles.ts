import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { PlatformStack } from '../platform-stack.ts';
import { grantItems, grantKey, grantListing, grantObjects } from './grants.ts';

const { ANY, GET, POST } = apigateway.HttpMethod;

const ENDPOINT = '/api/v1/endpoints/{endpoint}';

/** Bundles for devices, and what devices send. */
export function addBundles(platform: PlatformStack): void {
  addApi(platform);
  addDevices(platform);
}

function addApi(platform: PlatformStack): void {
  const { data } = platform.props;
  const api = platform.addFunction('BundlesApi', {
    handler: 'bundles/handlers/api.ts',
    description: 'Bundles for devices',
    memoryMb: 1769,
    environment: { ...placesOf(platform), SIGNING_SECRET: data.signingSecret.secretArn },
  });
  grantItems(api, data, ['GetItem', 'PutItem', 'Query'], ['BUNDLE#*']);
  grantItems(api, data, ['GetItem'], ['ENDPOINT#*', 'DATASET#*']);
  grantItems(api, data, ['GetItem', 'Query'], ['MODEL#*']);
  grantItems(api, data, ['PutItem'], ['AUDIT']);
  grantObjects(api, data.artifacts.bucketArn, ['GetObject'], 'artifacts/');
  const writing = ['GetObject', 'PutObject', 'AbortMultipartUpload'];
  grantObjects(api, data.artifacts.bucketArn, writing, 'bundles/');
  grantObjects(api, data.data.bucketArn, ['GetObject'], 'profiles/datasets/');
  grantKey(api, data, 'write');
  api.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['secretsmanager:GetSecretValue'],
      resources: [data.signingSecret.secretArn],
    }),
  );
  platform.addRoutes(api, ANY, [`${ENDPOINT}/bundles`, `${ENDPOINT}/bundles/{revision}`]);
  platform.addRoutes(api, GET, ['/api/v1/bundle-key']);
}

/** Apart from what signs: it reads what comes from outside. */
function addDevices(platform: PlatformStack): void {
  const { data } = platform.props;
  const devices = platform.addFunction('DevicesApi', {
    handler: 'bundles/handlers/devices.ts',
    description: 'What devices fetch and send',
    memoryMb: 1769,
    environment: placesOf(platform),
  });
  grantItems(devices, data, ['Query'], ['BUNDLE#*']);
  grantItems(devices, data, ['GetItem'], ['ENDPOINT#*', 'MODEL#*']);
  grantItems(devices, data, ['PutItem'], ['TRAFFIC#*']);
  grantObjects(devices, data.artifacts.bucketArn, ['GetObject'], 'bundles/');
  grantListing(devices, data.data.bucketArn, 'captures/');
  grantObjects(devices, data.data.bucketArn, ['GetObject', 'PutObject'], 'captures/');
  grantObjects(devices, data.data.bucketArn, ['PutObject'], 'row-profiles/');
  grantKey(devices, data, 'write');
  platform.addRoutes(devices, GET, [`${ENDPOINT}/devices/{device}/bundle`]);
  platform.addRoutes(devices, POST, [`${ENDPOINT}/devices/{device}/uploads`]);
}

const placesOf = ({ props: { data } }: PlatformStack) => ({
  TABLE_NAME: data.table.tableName,
  ARTIFACTS_BUCKET: data.artifacts.bucketName,
  DATA_BUCKET: data.data.bucketName,
});
