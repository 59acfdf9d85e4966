import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import type { NotebooksStack } from '../notebooks-stack.ts';

/** The page at /ui. Open, because browsers send no token with an address; it may reach nothing. */
export function addUi(stack: NotebooksStack): void {
  const site = stack.addFunction('UiSite', {
    handler: 'ui/handlers/site.ts',
    description: 'The files of the page at /ui',
  });
  stack.addRoutes(site, apigateway.HttpMethod.GET, ['/ui', '/ui/{proxy+}'], 'open');
}
