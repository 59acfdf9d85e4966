import { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import { ALERTS } from '../../events/catalogue.ts';
import type { PlatformStack } from '../platform-stack.ts';
import { servingLimits } from './deployments.ts';
import { explainWildcard, grantItems, grantKey, grantListing, grantObjects } from './grants.ts';
import type { PlatformFunction } from './platform-function.ts';
import { defineRollout } from './rollout-workflow.ts';
import { addWorkflow, grantStop, onBus, watchEndings } from './workflows.ts';

const { ANY } = apigateway.HttpMethod;
const CHANGES = ['GetItem', 'PutItem', 'UpdateItem', 'Query', 'ConditionCheckItem'] as const;

/** Rollouts and the workflow that carries them out; rolling back by itself afterwards. */
export function addRollouts(platform: PlatformStack): void {
  const advance = addStep(
    platform,
    'advance-rollout',
    'Looks at a rollout and does what is due',
    // With feedback it reads what was captured since the step began.
    { memoryMb: 1024, timeout: Duration.minutes(5) },
  );
  grantEndpoints(advance, platform);
  grantEvidence(platform, advance);
  const end = addStep(platform, 'end-rollout', 'Holds a rollout whose workflow broke off');
  grantItems(end, platform.props.data, ['PutItem'], ['AUDIT']);
  const machine = addWorkflow(platform, 'Rollout', {
    comment: 'Moves traffic to another version: look, do what is due, wait, look again',
    definition: defineRollout(platform, { advance, end }),
    functions: [advance, end],
    timeout: Duration.days(90),
  });
  onBus(platform, ['RolloutStarted', 'RolloutResumed'], 'Rollout', (deadLetterQueue) => [
    new SfnStateMachine(machine, {
      input: events.RuleTargetInput.fromEventPath('$.detail'),
      deadLetterQueue,
      retryAttempts: 20,
    }),
  ]);
  watchEndings(platform, 'Rollout', { machine, end });
  addGuard(platform);
  const api = addStep(platform, 'api', 'Rollouts and guards');
  grantEndpoints(api, platform);
  grantItems(api, platform.props.data, ['GetItem', 'PutItem'], ['IDEMPOTENCY#*']);
  grantAlarms(api);
  grantStop(platform, api, machine);
  const endpoint = '/api/v1/endpoints/{endpoint}';
  platform.addRoutes(api, ANY, [
    `${endpoint}/rollouts`,
    `${endpoint}/rollouts/{proxy+}`,
    `${endpoint}/guard`,
  ]);
}

const IDS: Record<string, string> = { api: 'RolloutsApi' };
const pascal = (name: string): string =>
  name.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase());

function addStep(
  platform: PlatformStack,
  handler: string,
  description: string,
  size: { memoryMb?: number; timeout?: Duration } = {},
): PlatformFunction {
  const { data } = platform.props;
  const fn = platform.addFunction(IDS[handler] ?? pascal(handler), {
    handler: `rollouts/handlers/${handler}.ts`,
    description,
    ...size,
    environment: {
      TABLE_NAME: data.table.tableName,
      ARTIFACTS_BUCKET: data.artifacts.bucketName,
      DATA_BUCKET: data.data.bucketName,
      ...servingLimits(platform.props.config),
    },
  });
  grantItems(
    fn,
    data,
    ['GetItem', 'PutItem', 'DeleteItem', 'Query', 'ConditionCheckItem'],
    ['ROLLOUT#*'],
  );
  grantKey(fn, data, 'write');
  return fn;
}

/** What changes endpoints needs what the endpoints' own API has. */
function grantEndpoints(fn: PlatformFunction, { props: { data } }: PlatformStack): void {
  grantItems(fn, data, CHANGES, ['ENDPOINT#*', 'MODEL#*', 'AUDIT']);
  grantItems(fn, data, ['GetItem'], ['VALIDATION#*']);
  grantObjects(fn, data.data.bucketArn, ['GetObject'], 'reports/');
}

/** What a step is judged by. */
function grantEvidence(platform: PlatformStack, fn: PlatformFunction): void {
  const { data } = platform.props.data;
  grantItems(fn, platform.props.data, ['Query'], ['TRAFFIC#*', 'FEEDBACK#*']);
  grantObjects(fn, data.bucketArn, ['GetObject'], 'captures/');
  grantListing(fn, data.bucketArn, 'captures/');
  grantAlarms(fn);
}

function grantAlarms(fn: PlatformFunction): void {
  fn.addToRolePolicy(
    new iam.PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: ['*'] }),
  );
  explainWildcard(
    fn,
    'Resource::*',
    'Alarms are named by the rollout; reading their state is all.',
  );
}

function addGuard(platform: PlatformStack): void {
  const guard = addStep(platform, 'guard-endpoint', 'Rolls endpoints back by themselves');
  grantEndpoints(guard, platform);
  onBus(platform, ALERTS, 'Guard', (deadLetterQueue) => [
    new LambdaFunction(guard, { deadLetterQueue, retryAttempts: 20 }),
  ]);
}
