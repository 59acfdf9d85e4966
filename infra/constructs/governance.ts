import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { PlatformStack } from '../platform-stack.ts';
import { explainDeadLetters, grantIndex, grantItems, grantKey } from './grants.ts';

const { ANY } = apigateway.HttpMethod;

/** The audit log, and its way to the bus. */
export function addGovernance(platform: PlatformStack): void {
  const { data } = platform.props;
  const api = platform.addFunction('GovernanceApi', {
    handler: 'governance/handlers/api.ts',
    description: 'The audit log',
    environment: { TABLE_NAME: data.table.tableName },
  });
  grantItems(api, data, ['Query'], ['AUDIT']);
  grantIndex(api, data, ['AUDIT#*']);
  grantKey(api, data, 'read');
  platform.addRoutes(api, ANY, ['/api/v1/audit']);
  const publish = platform.addFunction('PublishEvents', {
    handler: 'governance/handlers/publish-events.ts',
    description: 'From the audit log to the bus',
    environment: { EVENT_BUS_NAME: platform.bus.eventBusName },
  });
  publish.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['events:PutEvents'],
      resources: [platform.bus.eventBusArn],
    }),
  );
  explainDeadLetters(publish);
  publish.addEventSource(
    new DynamoEventSource(data.table, {
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      retryAttempts: 20,
      onFailure: new SqsDlq(platform.addDeadLetterQueue('PublishEvents')),
      filters: [
        lambda.FilterCriteria.filter({
          eventName: lambda.FilterRule.isEqual('INSERT'),
          dynamodb: { Keys: { pk: { S: lambda.FilterRule.isEqual('AUDIT') } } },
        }),
      ],
    }),
  );
}
