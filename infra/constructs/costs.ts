import { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { PlatformStack } from '../platform-stack.ts';
import { explainDeadLetters, explainWildcard, grantIndex, grantItems, grantKey } from './grants.ts';
import type { PlatformFunction } from './platform-function.ts';

const { ANY, GET } = apigateway.HttpMethod;
/** As in functions/costs/alarms.ts. */
const CHECK_MINUTES = 15;

/** What endpoints and models cost, and budgets that ring. */
export function addCosts(platform: PlatformStack): void {
  const api = addFunction(platform, 'CostsApi', {
    handler: 'costs/handlers/api.ts',
    description: 'Costs and budgets',
  });
  const check = addFunction(platform, 'CheckBudgets', {
    handler: 'costs/handlers/check-budgets.ts',
    description: 'Looks at what was spent of budgets',
    timeout: Duration.minutes(5),
  });
  check.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['cloudwatch:PutMetricData'],
      resources: ['*'],
      conditions: { StringEquals: { 'cloudwatch:namespace': 'Skiff' } },
    }),
  );
  schedule(platform, check);
  const endpoint = '/api/v1/endpoints/{endpoint}';
  platform.addRoutes(api, GET, [`${endpoint}/cost`, '/api/v1/models/{model}/cost']);
  platform.addRoutes(api, ANY, [`${endpoint}/budget`]);
}

function addFunction(
  platform: PlatformStack,
  id: string,
  about: { handler: string; description: string; timeout?: Duration },
): PlatformFunction {
  const { config, data } = platform.props;
  const fn = platform.addFunction(id, {
    ...about,
    environment: {
      TABLE_NAME: data.table.tableName,
      DATA_BUCKET: data.data.bucketName,
      SKIFF_PRICES: config.prices,
      ALARM_PREFIX: platform.stackName,
      ALARM_TOPIC: platform.alarms.topicArn,
    },
  });
  grantItems(fn, data, ['GetItem'], ['ENDPOINT#*']);
  grantItems(fn, data, ['Query'], ['TRAFFIC#*']);
  grantItems(fn, data, ['GetItem', 'PutItem', 'DeleteItem'], ['BUDGET#*']);
  grantItems(fn, data, ['PutItem'], ['AUDIT']);
  grantIndex(fn, data, ['ENDPOINTS', 'DELETED-ENDPOINTS', 'BUDGETS']);
  grantKey(fn, data, 'write');
  const alarms = `arn:${platform.partition}:cloudwatch:${platform.region}:${platform.account}:alarm:${platform.stackName}-budget-*`;
  fn.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['cloudwatch:PutMetricAlarm', 'cloudwatch:DeleteAlarms'],
      resources: [alarms],
    }),
  );
  explainWildcard(
    fn,
    `Resource::arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:${platform.stackName}-budget-*`,
    'Alarms of budgets are named by endpoints, which are made at run time.',
  );
  return fn;
}

function schedule(platform: PlatformStack, check: PlatformFunction): void {
  const deadLetterQueue = platform.addDeadLetterQueue('CheckBudgets');
  check.configureAsyncInvoke({
    retryAttempts: 2,
    maxEventAge: Duration.hours(1),
    onFailure: new SqsDestination(deadLetterQueue),
  });
  explainDeadLetters(check);
  new events.Rule(platform, 'BudgetSchedule', {
    schedule: events.Schedule.rate(Duration.minutes(CHECK_MINUTES)),
    targets: [new LambdaFunction(check, { deadLetterQueue, retryAttempts: 3 })],
  });
}
