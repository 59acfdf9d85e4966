import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import type { PlatformStack } from '../platform-stack.ts';

const { GET } = apigateway.HttpMethod;

/** Health and the description of the API. */
export function addReference(platform: PlatformStack): void {
  const api = platform.addFunction('ReferenceApi', {
    handler: 'reference/handlers/api.ts',
    description: 'Health and the description of the API',
  });
  platform.addRoutes(api, GET, ['/api/v1/openapi.json', '/api/v1/docs']);
  platform.addRoutes(api, GET, ['/api/v1/health'], 'open');
}
