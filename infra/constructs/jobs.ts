import { type CfnElement, Duration, Validations } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { PlatformStack } from '../platform-stack.ts';
import { WORKER_NODE_OPTIONS } from '../worker-options.ts';
import { grantIndex, grantItems, grantKey, grantObjects } from './grants.ts';
import { defineJob } from './job-workflow.ts';
import type { PlatformFunction } from './platform-function.ts';
import { addWorkflow, grantStop, onBus, watchEndings } from './workflows.ts';

const { ANY } = apigateway.HttpMethod;
const CHANGES = ['GetItem', 'PutItem', 'UpdateItem', 'Query', 'ConditionCheckItem'] as const;

const STEPS = {
  start: 'Makes a job of an object that was dropped',
  plan: 'Settles version, objects and shards of a job',
  finish: 'Counts what became of every row, writes the manifest',
  end: 'Ends a job that broke off',
};

/** Batch jobs: files in, predictions out. */
export function addJobs(platform: PlatformStack): void {
  const { config } = platform.props;
  const score = addScorer(platform);
  const [start, plan, finish, end] = [
    addStep(platform, 'start'),
    addStep(platform, 'plan'),
    addStep(platform, 'finish'),
    addStep(platform, 'end'),
  ];
  grantPlan(platform, plan);
  grantFinish(platform, finish);
  const machine = addWorkflow(platform, 'BatchJob', {
    comment: 'Scores files: plan, then shards side by side, then the manifest',
    definition: defineJob(platform, {
      ...{ plan, score, finish, end },
      concurrency: config.batchConcurrency,
    }),
    functions: [plan, score, finish, end],
    timeout: Duration.days(2),
  });

  explainMap(platform, machine);
  onBus(platform, 'JobRequested', 'BatchJob', (deadLetterQueue) => [
    new SfnStateMachine(machine, {
      input: events.RuleTargetInput.fromEventPath('$.detail'),
      deadLetterQueue,
      retryAttempts: 20,
    }),
  ]);
  watchEndings(platform, 'BatchJob', { machine, end });
  startOnDrop(platform, start);
  addApi(platform, machine);
}

/** A distributed map starts executions of its own machine, one for each shard. */
function explainMap(platform: PlatformStack, machine: sfn.StateMachine): void {
  const id = platform.getLogicalId(machine.node.defaultChild as CfnElement);
  const name = `{"Fn::Select":[6,{"Fn::Split":[":",{"Ref":"${id}"}]}]}`;
  for (const executions of [`${name}:*`, `${name}/*:*`]) {
    Validations.of(machine).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:${executions}]`,
      reason: 'Any execution of this one workflow: their names are made at run time.',
    });
  }
}

const settings = ({ props: { config, data } }: PlatformStack) => ({
  TABLE_NAME: data.table.tableName,
  DATA_BUCKET: data.data.bucketName,
  BATCH_MEMORY_MB: String(config.batchMemoryMb),
  SKIFF_PRICES: config.prices,
});

function addScorer(platform: PlatformStack): PlatformFunction {
  const { config, data } = platform.props;
  const fn = platform.addFunction('ScoreShard', {
    handler: 'inference/batch/handlers/score-shard.ts',
    description: 'Scores one shard of a job',
    memoryMb: config.batchMemoryMb,
    timeout: Duration.minutes(15),
    layers: [platform.onnxRuntime],
    environment: {
      ...settings(platform),
      ARTIFACTS_BUCKET: data.artifacts.bucketName,
      NODE_OPTIONS: WORKER_NODE_OPTIONS,
    },
  });
  grantItems(fn, data, CHANGES, ['JOB#*', 'AUDIT']);
  grantObjects(fn, data.artifacts.bucketArn, ['GetObject'], 'artifacts/');
  grantObjects(fn, data.data.bucketArn, ['GetObject'], 'batch/');
  grantObjects(fn, data.data.bucketArn, ['PutObject', 'AbortMultipartUpload'], 'batch/out/');
  grantKey(fn, data, 'write');
  return fn;
}

function addStep(platform: PlatformStack, verb: keyof typeof STEPS): PlatformFunction {
  const { data } = platform.props;
  const name = `${verb[0]?.toUpperCase()}${verb.slice(1)}Job`;
  const fn = platform.addFunction(name, {
    handler: `jobs/handlers/${verb}-job.ts`,
    description: STEPS[verb],
    // Reading large files to cut them, and reading what thousands of shards said.
    memoryMb: 1769,
    timeout: verb === 'plan' ? Duration.minutes(15) : Duration.minutes(5),
    environment: settings(platform),
  });
  grantItems(fn, data, CHANGES, ['JOB#*', 'AUDIT']);
  grantKey(fn, data, 'write');
  return fn;
}

function grantPlan(platform: PlatformStack, plan: PlatformFunction): void {
  const { data } = platform.props;
  grantItems(plan, data, ['GetItem'], ['ENDPOINT#*', 'MODEL#*']);
  grantObjects(plan, data.data.bucketArn, ['GetObject'], 'batch/');
  grantObjects(plan, data.data.bucketArn, ['PutObject'], 'batch/out/');
  plan.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [data.data.bucketArn],
      conditions: { StringLike: { 's3:prefix': ['batch/*'] } },
    }),
  );
}

function grantFinish(platform: PlatformStack, finish: PlatformFunction): void {
  const { data } = platform.props;
  for (const action of ['GetObject', 'PutObject']) {
    grantObjects(finish, data.data.bucketArn, [action], 'batch/out/');
  }
  grantObjects(finish, data.data.bucketArn, ['PutObject'], 'row-profiles/');
}

function startOnDrop(platform: PlatformStack, start: PlatformFunction): void {
  const deadLetterQueue = platform.addDeadLetterQueue('StartJobEvents');
  new events.Rule(platform, 'OnDrop', {
    eventPattern: {
      source: ['aws.s3'],
      detailType: ['Object Created'],
      detail: {
        bucket: { name: [platform.props.data.data.bucketName] },
        object: { key: [{ prefix: 'batch/in/' }] },
      },
    },
    targets: [
      new LambdaFunction(start, {
        event: events.RuleTargetInput.fromEventPath('$.detail'),
        deadLetterQueue,
        retryAttempts: 20,
      }),
    ],
  });
}

function addApi(platform: PlatformStack, machine: sfn.StateMachine): void {
  const { data } = platform.props;
  const api = platform.addFunction('JobsApi', {
    handler: 'jobs/handlers/api.ts',
    description: 'Batch jobs',
    environment: settings(platform),
  });
  grantItems(api, data, CHANGES, ['JOB#*', 'IDEMPOTENCY#*', 'AUDIT']);
  grantIndex(api, data, ['JOBS']);
  grantObjects(api, data.data.bucketArn, ['GetObject'], 'batch/out/');
  grantKey(api, data, 'write');
  grantStop(platform, api, machine);
  platform.addRoutes(api, ANY, ['/api/v1/jobs', '/api/v1/jobs/{proxy+}']);
}
