import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import type { PlatformStack } from '../platform-stack.ts';
import { grantItems, grantKey } from './grants.ts';

const { GET } = apigateway.HttpMethod;

/** What endpoints answered, from the summaries that the prediction path leaves. */
export function addTraffic(platform: PlatformStack): void {
  const { data } = platform.props;
  const api = platform.addFunction('TrafficApi', {
    handler: 'traffic/handlers/api.ts',
    description: 'What endpoints answered',
    environment: { TABLE_NAME: data.table.tableName, DATA_BUCKET: data.data.bucketName },
  });
  grantItems(api, data, ['GetItem'], ['ENDPOINT#*']);
  grantItems(api, data, ['Query'], ['TRAFFIC#*']);
  grantKey(api, data, 'read');
  platform.addRoutes(api, GET, [
    '/api/v1/endpoints/{endpoint}/traffic',
    '/api/v1/endpoints/{endpoint}/shadows',
  ]);
}
