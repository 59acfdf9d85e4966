import { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { PlatformStack } from '../platform-stack.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import {
  explainDeadLetters,
  explainWildcard,
  grantItems,
  grantKey,
  grantObjects,
} from './grants.ts';
import type { PlatformFunction } from './platform-function.ts';

const { ANY, GET, POST } = apigateway.HttpMethod;
const AT_RUN_TIME = 'Named by endpoints, which are made at run time; the prefix is fixed.';
/** As in functions/monitoring/schedules.ts. */
const SCHEDULE_PREFIX = 20;

/** Monitors of endpoints: what they are, and what looks at their windows. */
export function addMonitoring(platform: PlatformStack): void {
  const queue = platform.addDeadLetterQueue('RunMonitor');
  const run = addFunction(platform, 'RunMonitor', {
    handler: 'monitoring/handlers/run-monitor.ts',
    description: 'Looks at what endpoints answered, window by window',
    memoryMb: 3008,
    timeout: Duration.minutes(15),
  });
  run.configureAsyncInvoke({
    retryAttempts: 2,
    maxEventAge: Duration.hours(1),
    onFailure: new SqsDestination(queue),
  });
  explainDeadLetters(run);
  const role = schedulerRole(platform, run, queue);
  const api = addFunction(platform, 'MonitoringApi', {
    handler: 'monitoring/handlers/api.ts',
    description: 'Monitors of endpoints, and their reports',
    memoryMb: 1769,
    environment: {
      RUN_MONITOR_ARN: run.functionArn,
      SCHEDULER_ROLE_ARN: role.roleArn,
      SCHEDULER_DEAD_LETTERS_ARN: queue.queueArn,
    },
  });
  grantSchedules(platform, api, ['CreateSchedule', 'UpdateSchedule', 'DeleteSchedule']);
  grantSchedules(platform, run, ['DeleteSchedule']);
  grantAlarms(platform, api, ['PutMetricAlarm', 'PutCompositeAlarm', 'DeleteAlarms']);
  grantAlarms(platform, run, ['DeleteAlarms']);
  grantDashboards(platform, api, ['PutDashboard', 'DeleteDashboards']);
  grantDashboards(platform, run, ['DeleteDashboards']);
  api.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['iam:PassRole'],
      resources: [role.roleArn],
      conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
    }),
  );
  const endpoint = '/api/v1/endpoints/{endpoint}';
  platform.addRoutes(api, ANY, [`${endpoint}/monitor`]);
  platform.addRoutes(api, POST, [`${endpoint}/monitor/runs`]);
  platform.addRoutes(api, GET, [`${endpoint}/reports`, `${endpoint}/reports/{report}`]);
}

function addFunction(
  platform: PlatformStack,
  id: string,
  about: Omit<Parameters<PlatformStack['addFunction']>[1], 'config'>,
): PlatformFunction {
  const { config, data } = platform.props;
  const fn = platform.addFunction(id, {
    ...about,
    environment: {
      TABLE_NAME: data.table.tableName,
      ARTIFACTS_BUCKET: data.artifacts.bucketName,
      DATA_BUCKET: data.data.bucketName,
      NAME_PREFIX: platform.stackName,
      ALARM_TOPIC: platform.alarms.topicArn,
      COMPOSITE_ALARMS: String(config.compositeAlarms),
      ENDPOINT_DASHBOARDS: String(config.endpointDashboards),
      ...about.environment,
    },
  });
  grantItems(fn, data, ['GetItem', 'PutItem', 'DeleteItem', 'Query'], ['MONITOR#*']);
  grantItems(fn, data, ['PutItem'], ['AUDIT']);
  grantItems(fn, data, ['GetItem'], ['ENDPOINT#*', 'DATASET#*', 'VALIDATION#*']);
  grantItems(fn, data, ['GetItem', 'Query'], ['MODEL#*']);
  grantItems(fn, data, ['Query'], ['TRAFFIC#*', 'FEEDBACK#*']);
  for (const prefix of [
    ...['captures/', 'row-profiles/', 'datasets/sha256/', 'profiles/datasets/', 'reports/'],
  ]) {
    grantObjects(fn, data.data.bucketArn, ['GetObject'], prefix);
  }
  grantObjects(fn, data.data.bucketArn, ['PutObject'], 'reports/endpoints/');
  grantListing(platform, fn);
  fn.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['cloudwatch:PutMetricData'],
      resources: ['*'],
      conditions: { StringEquals: { 'cloudwatch:namespace': 'Skiff' } },
    }),
  );
  grantKey(fn, data, 'write');
  return fn;
}

/** Without it, what is not there is forbidden and not missing. */
function grantListing(platform: PlatformStack, fn: PlatformFunction): void {
  fn.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [platform.props.data.data.bucketArn],
      conditions: {
        StringLike: {
          's3:prefix': [
            'captures/*',
            'row-profiles/*',
            'reports/endpoints/*',
            'reports/validations/*',
          ],
        },
      },
    }),
  );
}

/** What EventBridge Scheduler is when it calls: it may do that, and park what nobody took. */
function schedulerRole(
  platform: PlatformStack,
  run: PlatformFunction,
  queue: DeadLetterQueue,
): iam.Role {
  const role = new iam.Role(platform, 'SchedulerRole', {
    assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': platform.account } },
    }),
  });
  const allow = (action: string, resource: string) =>
    role.addToPolicy(new iam.PolicyStatement({ actions: [action], resources: [resource] }));
  allow('lambda:InvokeFunction', run.functionArn);
  allow('sqs:SendMessage', queue.queueArn);
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: [platform.props.data.key.keyArn],
    }),
  );
  return role;
}

function grantSchedules(
  platform: PlatformStack,
  fn: PlatformFunction,
  actions: readonly string[],
): void {
  const name = `${platform.stackName.slice(0, SCHEDULE_PREFIX)}-*`;
  const { partition, region, account } = platform;
  fn.addToRolePolicy(
    new iam.PolicyStatement({
      actions: actions.map((action) => `scheduler:${action}`),
      resources: [`arn:${partition}:scheduler:${region}:${account}:schedule/default/${name}`],
    }),
  );
  explainWildcard(
    fn,
    `Resource::arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/default/${name}`,
    AT_RUN_TIME,
  );
}

function grantAlarms(
  platform: PlatformStack,
  fn: PlatformFunction,
  actions: readonly string[],
): void {
  const name = `${platform.stackName}-monitor/*`;
  const { partition, region, account } = platform;
  fn.addToRolePolicy(
    new iam.PolicyStatement({
      actions: actions.map((action) => `cloudwatch:${action}`),
      resources: [`arn:${partition}:cloudwatch:${region}:${account}:alarm:${name}`],
    }),
  );
  explainWildcard(
    fn,
    `Resource::arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:${name}`,
    AT_RUN_TIME,
  );
}

/** Dashboards belong to no region. */
function grantDashboards(
  platform: PlatformStack,
  fn: PlatformFunction,
  actions: readonly string[],
): void {
  const name = `${platform.stackName}-endpoint-*`;
  const { partition, account } = platform;
  fn.addToRolePolicy(
    new iam.PolicyStatement({
      actions: actions.map((action) => `cloudwatch:${action}`),
      resources: [`arn:${partition}:cloudwatch::${account}:dashboard/${name}`],
    }),
  );
  explainWildcard(
    fn,
    `Resource::arn:<AWS::Partition>:cloudwatch::<AWS::AccountId>:dashboard/${name}`,
    AT_RUN_TIME,
  );
}
