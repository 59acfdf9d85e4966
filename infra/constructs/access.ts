import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import type { PlatformStack } from '../platform-stack.ts';
import { grantIndex, grantItems, grantKey } from './grants.ts';

const { ANY } = apigateway.HttpMethod;

/** API tokens. */
export function addAccess(platform: PlatformStack): void {
  const { data } = platform.props;
  const api = platform.addFunction('AccessApi', {
    handler: 'access/handlers/api.ts',
    description: 'API tokens',
    environment: { TABLE_NAME: data.table.tableName },
  });
  grantItems(api, data, ['GetItem', 'PutItem'], ['TOKEN#*', 'AUDIT', 'IDEMPOTENCY#*']);
  grantItems(api, data, ['UpdateItem'], ['TOKEN#*']);
  grantIndex(api, data, ['TOKENS']);
  grantKey(api, data, 'write');
  platform.addRoutes(api, ANY, ['/api/v1/tokens', '/api/v1/tokens/{token}']);
}
