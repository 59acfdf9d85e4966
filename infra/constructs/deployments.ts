import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import type { Config } from '../config.ts';
import type { PlatformStack } from '../platform-stack.ts';
import { grantIndex, grantItems, grantKey, grantObjects } from './grants.ts';

const { ANY } = apigateway.HttpMethod;

/** Endpoints and their revisions. */
export function addDeployments(platform: PlatformStack): void {
  const { config, data } = platform.props;
  const api = platform.addFunction('DeploymentsApi', {
    handler: 'deployments/handlers/api.ts',
    description: 'Endpoints and their revisions',
    environment: {
      TABLE_NAME: data.table.tableName,
      ARTIFACTS_BUCKET: data.artifacts.bucketName,
      DATA_BUCKET: data.data.bucketName,
      ...servingLimits(config),
    },
  });
  const partitions = ['ENDPOINT#*', 'MODEL#*', 'IDEMPOTENCY#*', 'AUDIT'];
  grantItems(
    api,
    data,
    ['GetItem', 'PutItem', 'UpdateItem', 'Query', 'ConditionCheckItem'],
    partitions,
  );
  // The model card, where a policy wants it complete, is made from what the checks left.
  grantItems(api, data, ['GetItem'], ['VALIDATION#*']);
  grantObjects(api, data.data.bucketArn, ['GetObject'], 'reports/');
  grantIndex(api, data, ['ENDPOINTS']);
  grantKey(api, data, 'write');
  platform.addRoutes(api, ANY, ['/api/v1/endpoints', '/api/v1/endpoints/{proxy+}']);
}

/** The runtime holds file and tensors: a third of the memory is what a file may have. */
const maxServedBytes = (memoryMb: number): number => Math.floor((memoryMb * 2 ** 20) / 3);

/** What a function must know that puts versions behind endpoints. */
export const servingLimits = (config: Config): Record<string, string> => ({
  SKIFF_MAX_SERVED_BYTES: String(maxServedBytes(config.inferenceMemoryMb)),
  SKIFF_DEDICATED_SERVED_BYTES: JSON.stringify(
    Object.fromEntries(
      config.dedicated.map(({ endpoint, memoryMb }) => [endpoint, maxServedBytes(memoryMb)]),
    ),
  ),
  SKIFF_SAGEMAKER_ENDPOINTS: config.sagemakerEndpoints,
});
