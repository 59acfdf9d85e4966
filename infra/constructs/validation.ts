import { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { PlatformStack } from '../platform-stack.ts';
import { grantIndex, grantItems, grantKey, grantObjects } from './grants.ts';
import type { PlatformFunction } from './platform-function.ts';
import { defineValidation } from './validation-workflow.ts';
import { addWorkflow, grantStop, onBus, watchEndings } from './workflows.ts';

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
  const machine = addWorkflow(platform, 'Validation', {
    comment: 'Examines a model version: parallel checks, then gates, then the verdict',
    definition: defineValidation(platform, { checks, begin, judge, end }),
    functions: [...Object.values(checks), begin, judge, end],
    timeout: Duration.hours(1),
  });
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
  watchEndings(platform, 'Validation', { machine, end });
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
  grantStop(platform, api, machine);
  const version = '/api/v1/models/{model}/versions/{version}';
  platform.addRoutes(api, ANY, [
    '/api/v1/policies',
    '/api/v1/policies/{policy}',
    `${version}/validations`,
    `${version}/validations/{proxy+}`,
    `${version}/approvals`,
  ]);
}
