import { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { PlatformStack } from '../platform-stack.ts';
import { grantIndex, grantItems, grantKey, grantListing, grantObjects } from './grants.ts';
import type { PlatformFunction } from './platform-function.ts';

const { ANY } = apigateway.HttpMethod;
const EVERY = Duration.minutes(5);

/** Experiments between variants, and the bandits that steer by themselves. */
export function addExperiments(platform: PlatformStack): void {
  const api = addFunction(platform, 'ExperimentsApi', {
    handler: 'experiments/handlers/api.ts',
    description: 'Experiments between variants',
  });
  platform.addRoutes(api, ANY, [
    '/api/v1/endpoints/{endpoint}/experiments',
    '/api/v1/endpoints/{endpoint}/experiments/{proxy+}',
  ]);
  const evaluate = addFunction(platform, 'EvaluateExperiments', {
    handler: 'experiments/handlers/evaluate-experiments.ts',
    description: 'Looks at running experiments and steers bandits',
    timeout: Duration.minutes(5),
  });
  grantIndex(evaluate, platform.props.data, ['EXPERIMENTS', 'ENDPOINTS']);
  new events.Rule(platform, 'OnEvaluationDue', {
    schedule: events.Schedule.rate(EVERY),
    targets: [
      new LambdaFunction(evaluate, {
        deadLetterQueue: platform.addDeadLetterQueue('EvaluateExperimentsEvents'),
        retryAttempts: 2,
        maxEventAge: EVERY,
      }),
    ],
  });
}

function addFunction(
  platform: PlatformStack,
  id: string,
  props: Parameters<PlatformStack['addFunction']>[1],
): PlatformFunction {
  const { data } = platform.props;
  const fn = platform.addFunction(id, {
    ...props,
    memoryMb: 1024,
    environment: {
      TABLE_NAME: data.table.tableName,
      ARTIFACTS_BUCKET: data.artifacts.bucketName,
      DATA_BUCKET: data.data.bucketName,
      SKIFF_BANDIT_PERIOD_SECONDS: String(platform.props.config.banditPeriodSeconds),
    },
  });
  const actions = ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query'] as const;
  grantItems(fn, data, [...actions, 'ConditionCheckItem'], ['ENDPOINT#*', 'MODEL#*', 'AUDIT']);
  grantItems(fn, data, ['Query'], ['FEEDBACK#*', 'TRAFFIC#*']);
  grantObjects(fn, data.data.bucketArn, ['GetObject'], 'captures/');
  grantListing(fn, data.data.bucketArn, 'captures/');
  grantKey(fn, data, 'write');
  return fn;
}
