import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import type { PlatformStack } from '../platform-stack.ts';
import { grantItems, grantKey } from './grants.ts';

const { GET, POST } = apigateway.HttpMethod;

/** What turned out to be true of predictions. */
export function addFeedback(platform: PlatformStack): void {
  const { data } = platform.props;
  const api = platform.addFunction('FeedbackApi', {
    handler: 'feedback/handlers/api.ts',
    description: 'What turned out to be true of predictions',
    environment: { TABLE_NAME: data.table.tableName },
  });
  grantItems(api, data, ['GetItem', 'PutItem', 'Query'], ['FEEDBACK#*']);
  grantItems(api, data, ['GetItem'], ['ENDPOINT#*']);
  grantKey(api, data, 'write');
  platform.addRoutes(api, POST, ['/api/v1/feedback']);
  platform.addRoutes(api, GET, ['/api/v1/endpoints/{endpoint}/feedback']);
}
