import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { NotebooksStack } from '../notebooks-stack.ts';
import { grantIndex, grantItems, grantKey } from './grants.ts';

/** Webhooks of MLflow's registry; the platform's functions find and send what they hear of. */
export function addMlflowWebhooks(notebooks: NotebooksStack): void {
  const { config, data } = notebooks.props;
  const deliver = notebooks.platform.functions.DeliverWebhook;
  if (!deliver) throw new Error('the platform has no function that delivers webhooks');
  const api = notebooks.addFunction('MlflowWebhooksApi', {
    handler: 'webhooks/handlers/mlflow-api.ts',
    description: 'Webhooks for MLflow clients',
    environment: {
      TABLE_NAME: data.table.tableName,
      PRIVATE_ADDRESSES: String(config.webhookPrivateAddresses),
      DELIVER_WEBHOOK_FUNCTION: deliver.functionName,
    },
  });
  grantItems(api, data, ['GetItem', 'PutItem', 'DeleteItem'], ['WEBHOOK#*']);
  grantItems(api, data, ['PutItem', 'DeleteItem'], ['WEBHOOK_SECRET#*']);
  grantItems(api, data, ['PutItem'], ['AUDIT']);
  grantIndex(api, data, ['WEBHOOKS']);
  grantKey(api, data, 'write');
  api.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: [deliver.functionArn],
    }),
  );
  for (const root of ['/api', '/ajax-api', '/{workspace}/api', '/{workspace}/ajax-api']) {
    const webhooks = `${root}/2.0/mlflow/webhooks`;
    notebooks.addRoutes(api, apigateway.HttpMethod.ANY, [webhooks, `${webhooks}/{proxy+}`]);
  }
}
