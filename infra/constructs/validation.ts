import { ArnFormat, type CfnElement, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { EVENT_SOURCE, type EventName } from '../../events/catalogue.ts';
import type { PlatformStack } from '../platform-stack.ts';
import { explainWildcard, grantIndex, grantItems, grantKey, grantObjects } from './grants.ts';
import type { PlatformFunction } from './platform-function.ts';
import { defineValidation } from './validation-workflow.ts';

const { ANY } = apigateway.HttpMethod;
const WRITES = ['GetItem', 'PutItem', 'UpdateItem', 'Query', 'ConditionCheckItem'] as const;

/** What each check takes: those that score whole datasets hold them in memory. */
const CHECKS = {
  artifact: { native: true, memoryMb: 1769 },
  contract: { native: true, memoryMb: 3008 },
  performance: { native: true, memoryMb: 1769 },
  quality: { native: true, memoryMb: 3008 },
  'data-quality': { native: false, memoryMb: 3008 },
  fairness: { native: true, memoryMb: 3008 },
  robustness: { native: true, memoryMb: 3008 },
  explainability: { native: true, memoryMb: 3008 },
} as const;

/** Policies, examinations of versions and the workflow that carries them out. */
export function addValidation(platform: PlatformStack): void {
  const names = Object.keys(CHECKS) as (keyof typeof CHECKS)[];
  const checks = Object.fromEntries(
    names.map((name) => [name, addCheck(platform, name)] as const),
  ) as Record<keyof typeof CHECKS, PlatformFunction>;
  const begin = addStep(platform, 'begin', ['DATASET#*']);
  const judge = addStep(platform, 'judge');
  const end = addStep(platform, 'end');
  const machine = addMachine(platform, { checks, begin, judge, end });
  const start = addStep(platform, 'start', ['POLICY#*']);
  onBus(platform, 'ModelVersionRegistered', 'StartValidation', (deadLetterQueue) => [
    new LambdaFunction(start, { deadLetterQueue, retryAttempts: 20 }),
  ]);
  onBus(platform, 'ValidationRequested', 'Validation', (deadLetterQueue) => [
    new SfnStateMachine(machine, {
      input: events.RuleTargetInput.fromEventPath('$.detail'),
      deadLetterQueue,
      retryAttempts: 20,
    }),
  ]);
  watchEndings(platform, machine, end);
  addApi(platform, machine);
}

const pascal = (name: string): string =>
  name.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase());

function addCheck(platform: PlatformStack, name: keyof typeof CHECKS): PlatformFunction {
  const { config, data } = platform.props;
  const { native, memoryMb } = CHECKS[name];
  const fn = platform.addFunction(`Check${pascal(name)}`, {
    handler: `validation/handlers/check-${name}.ts`,
    description: `Examination: ${name}`,
    memoryMb,
    timeout: Duration.minutes(15),
    ...(native && { layers: [platform.onnxRuntime] }),
    environment: {
      ...environment(platform),
      INFERENCE_MEMORY_MB: String(config.inferenceMemoryMb),
      SKIFF_PRICES: config.prices,
    },
  });
  grantItems(fn, data, ['GetItem', 'Query'], ['MODEL#*', 'DATASET#*']);
  grantItems(fn, data, ['GetItem', 'UpdateItem'], ['VALIDATION#*']);
  grantObjects(fn, data.artifacts.bucketArn, ['GetObject'], 'artifacts/');
  grantObjects(fn, data.data.bucketArn, ['GetObject'], 'datasets/');
  grantObjects(fn, data.data.bucketArn, ['GetObject'], 'profiles/');
  grantObjects(fn, data.data.bucketArn, ['PutObject'], 'reports/');
  grantKey(fn, data, 'write');
  return fn;
}

const STEPS = {
  start: 'Examines what was registered',
  begin: 'Settles what a version is examined on and against',
  judge: 'Holds the gates against what was measured',
  end: 'Ends an examination that broke off',
};

function addStep(
  platform: PlatformStack,
  verb: keyof typeof STEPS,
  more: readonly string[] = [],
): PlatformFunction {
  const { data } = platform.props;
  const fn = platform.addFunction(`${pascal(verb)}Validation`, {
    handler: `validation/handlers/${verb}-validation.ts`,
    description: STEPS[verb],
    timeout: Duration.minutes(1),
    environment: environment(platform),
  });
  grantItems(fn, data, WRITES, ['MODEL#*', 'VALIDATION#*', 'AUDIT', ...more]);
  grantKey(fn, data, 'write');
  return fn;
}

const environment = ({ props: { data } }: PlatformStack) => ({
  TABLE_NAME: data.table.tableName,
  ARTIFACTS_BUCKET: data.artifacts.bucketName,
  DATA_BUCKET: data.data.bucketName,
});

function addMachine(
  platform: PlatformStack,
  functions: Parameters<typeof defineValidation>[1],
): sfn.StateMachine {
  const { config } = platform.props;
  const machine = new sfn.StateMachine(platform, 'Validation', {
    comment: 'Examines a model version: parallel checks, then gates, then the verdict',
    definitionBody: sfn.DefinitionBody.fromChainable(defineValidation(platform, functions)),
    timeout: Duration.hours(1),
    tracingEnabled: true,
    logs: {
      destination: new logs.LogGroup(platform, 'ValidationLogs', {
        retention: config.logRetentionDays as logs.RetentionDays,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      level: sfn.LogLevel.ALL,
      // Inputs are names and numbers of versions; results may quote data.
      includeExecutionData: false,
    },
  });
  Validations.of(machine.role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'Log delivery and X-Ray know no narrower resource.',
  });
  for (const fn of [
    ...Object.values(functions.checks),
    functions.begin,
    functions.judge,
    functions.end,
  ]) {
    Validations.of(machine.role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${platform.getLogicalId(fn.node.defaultChild as CfnElement)}.Arn>:*]`,
      reason: 'Any version of this one function.',
    });
  }
  platform.stateMachines.Validation = machine;
  return machine;
}

function onBus(
  platform: PlatformStack,
  event: EventName,
  id: string,
  targets: (queue: ReturnType<PlatformStack['addDeadLetterQueue']>) => events.IRuleTarget[],
): void {
  const queue = platform.addDeadLetterQueue(`${id}Events`);
  new events.Rule(platform, `On${event}`, {
    eventBus: platform.bus,
    eventPattern: { source: [EVENT_SOURCE], detailType: [event] },
    targets: targets(queue),
  });
}

/** An execution that timed out or was stopped cannot say so itself. */
function watchEndings(
  platform: PlatformStack,
  machine: sfn.StateMachine,
  end: PlatformFunction,
): void {
  const deadLetterQueue = platform.addDeadLetterQueue('EndValidationEvents');
  new events.Rule(platform, 'OnValidationBrokenOff', {
    eventPattern: {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: {
        stateMachineArn: [machine.stateMachineArn],
        status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
      },
    },
    targets: [new LambdaFunction(end, { deadLetterQueue, retryAttempts: 20 })],
  });
}

function addApi(platform: PlatformStack, machine: sfn.StateMachine): void {
  const { data } = platform.props;
  const api = platform.addFunction('ValidationApi', {
    handler: 'validation/handlers/api.ts',
    description: 'Policies, validations, approvals',
    environment: environment(platform),
  });
  const partitions = ['MODEL#*', 'VALIDATION#*', 'POLICY#*', 'IDEMPOTENCY#*', 'AUDIT'];
  grantItems(api, data, WRITES, partitions);
  grantIndex(api, data, ['POLICIES']);
  grantObjects(api, data.data.bucketArn, ['GetObject'], 'reports/');
  grantKey(api, data, 'write');
  api.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['states:StopExecution'],
      resources: [
        platform.formatArn({
          service: 'states',
          resource: 'execution',
          resourceName: `${machine.stateMachineName}:*`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
    }),
  );
  explainWildcard(
    api,
    `Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<${platform.getLogicalId(machine.node.defaultChild as CfnElement)}.Name>:*`,
    'Any execution of this one workflow: their names are made at run time.',
  );
  const version = '/api/v1/models/{model}/versions/{version}';
  platform.addRoutes(api, ANY, [
    '/api/v1/policies',
    '/api/v1/policies/{policy}',
    `${version}/validations`,
    `${version}/validations/{proxy+}`,
    `${version}/approvals`,
  ]);
}
