import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import type { PlatformStack } from '../platform-stack.ts';
import { grantIndex, grantItems, grantKey } from './grants.ts';

/** What Prometheus scrapes. */
export function addMetrics(platform: PlatformStack): void {
  const { data } = platform.props;
  const api = platform.addFunction('MetricsApi', {
    handler: 'metrics/handlers/api.ts',
    description: 'Traffic, versions and monitors of all endpoints, for Prometheus',
    memoryMb: 1024,
    environment: { TABLE_NAME: data.table.tableName, DATA_BUCKET: data.data.bucketName },
  });
  grantIndex(api, data, ['ENDPOINTS']);
  grantItems(api, data, ['Query'], ['TRAFFIC#*', 'MONITOR#*']);
  grantItems(api, data, ['GetItem'], ['MONITOR#*']);
  grantKey(api, data, 'read');
  platform.addRoutes(api, apigateway.HttpMethod.GET, ['/metrics']);
}
