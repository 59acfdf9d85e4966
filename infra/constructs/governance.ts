import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { PlatformStack } from '../platform-stack.ts';
import { explainDeadLetters, grantIndex, grantItems, grantKey } from './grants.ts';
import type { PlatformFunction } from './platform-function.ts';

const { ANY } = apigateway.HttpMethod;

/** The audit log, its chain, and its way to the bus. */
export function addGovernance(platform: PlatformStack): void {
  const { data } = platform.props;
  const environment = { TABLE_NAME: data.table.tableName };
  const api = platform.addFunction('GovernanceApi', {
    handler: 'governance/handlers/api.ts',
    description: 'The audit log, and whether it is whole',
    environment,
  });
  grantItems(api, data, ['GetItem', 'BatchGetItem', 'Query'], ['AUDIT', 'AUDIT_CHAIN']);
  grantIndex(api, data, ['AUDIT#*']);
  grantKey(api, data, 'read');
  platform.addRoutes(api, ANY, ['/api/v1/audit', '/api/v1/audit/verification']);
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
  readAuditStream(platform, publish, 20);
  const chain = platform.addFunction('ChainAudit', {
    handler: 'governance/handlers/chain-audit.ts',
    description: 'From the audit log to its chain of hashes',
    environment,
  });
  grantItems(chain, data, ['BatchGetItem', 'PutItem', 'Query'], ['AUDIT_CHAIN']);
  grantKey(chain, data, 'write');
  readAuditStream(platform, chain, 200);
}

/** New audit entries in their order; what fails every attempt is kept aside. */
function readAuditStream(
  platform: PlatformStack,
  fn: PlatformFunction,
  retryAttempts: number,
): void {
  explainDeadLetters(fn);
  fn.addEventSource(
    new DynamoEventSource(platform.props.data.table, {
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      retryAttempts,
      onFailure: new SqsDlq(platform.addDeadLetterQueue(fn.node.id)),
      filters: [
        lambda.FilterCriteria.filter({
          eventName: lambda.FilterRule.isEqual('INSERT'),
          dynamodb: { Keys: { pk: { S: lambda.FilterRule.isEqual('AUDIT') } } },
        }),
      ],
    }),
  );
}
