import { ArnFormat, type CfnElement, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { EVENT_SOURCE, type EventName } from '../../events/catalogue.ts';
import type { PlatformStack } from '../platform-stack.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { explainWildcard } from './grants.ts';
import type { PlatformFunction } from './platform-function.ts';

interface Workflow {
  readonly comment: string;
  readonly definition: sfn.IChainable;
  /** All that it invokes. */
  readonly functions: readonly PlatformFunction[];
  readonly timeout: Duration;
}

/** A state machine with its logs, tracing and alarms. */
export function addWorkflow(platform: PlatformStack, id: string, workflow: Workflow) {
  const { config } = platform.props;
  const machine = new sfn.StateMachine(platform, id, {
    comment: workflow.comment,
    definitionBody: sfn.DefinitionBody.fromChainable(workflow.definition),
    timeout: workflow.timeout,
    tracingEnabled: true,
    logs: {
      destination: new logs.LogGroup(platform, `${id}Logs`, {
        retention: config.logRetentionDays as logs.RetentionDays,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      level: sfn.LogLevel.ALL,
      // Inputs are names and numbers; results may quote data.
      includeExecutionData: false,
    },
  });
  Validations.of(machine.role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'Log delivery and X-Ray know no narrower resource.',
  });
  for (const fn of workflow.functions) {
    Validations.of(machine.role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${platform.getLogicalId(fn.node.defaultChild as CfnElement)}.Arn>:*]`,
      reason: 'Any version of this one function.',
    });
  }
  platform.stateMachines[id] = machine;
  return machine;
}

/** What hears of these events, with a queue for those that cannot be handed over. */
export function onBus(
  platform: PlatformStack,
  names: EventName | readonly EventName[],
  id: string,
  targets: (queue: DeadLetterQueue) => events.IRuleTarget[],
): void {
  const detailType = [names].flat();
  const queue = platform.addDeadLetterQueue(`${id}Events`);
  new events.Rule(platform, `On${detailType.length === 1 ? detailType[0] : id}`, {
    eventBus: platform.bus,
    eventPattern: { source: [EVENT_SOURCE], detailType },
    targets: targets(queue),
  });
}

/** An execution that timed out or was stopped cannot say so itself. */
export function watchEndings(
  platform: PlatformStack,
  id: string,
  { machine, end }: { machine: sfn.StateMachine; end: PlatformFunction },
): void {
  const deadLetterQueue = platform.addDeadLetterQueue(`End${id}Events`);
  new events.Rule(platform, `On${id}BrokenOff`, {
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

/** Lets a function stop executions of one workflow. */
export function grantStop(
  platform: PlatformStack,
  fn: PlatformFunction,
  machine: sfn.StateMachine,
): void {
  fn.addToRolePolicy(
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
    fn,
    `Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<${platform.getLogicalId(machine.node.defaultChild as CfnElement)}.Name>:*`,
    'Any execution of this one workflow: their names are made at run time.',
  );
}

/** A task with retries: long ones where Lambda is busy, few where the function itself fails. */
export function invoke(
  scope: Construct,
  id: string,
  lambdaFunction: PlatformFunction,
  { payload, resultPath = '$.answer' }: { payload: object; resultPath?: string },
): LambdaInvoke {
  const task = new LambdaInvoke(scope, id, {
    lambdaFunction,
    payload: sfn.TaskInput.fromObject({ ...payload }),
    payloadResponseOnly: true,
    resultPath,
    retryOnServiceExceptions: false,
  });
  // Fifteen minutes that did not suffice once will not suffice twice.
  task.addRetry({ errors: ['Sandbox.Timedout', sfn.Errors.TIMEOUT], maxAttempts: 0 });
  task.addRetry({
    errors: [
      'Lambda.TooManyRequestsException',
      'Lambda.ServiceException',
      'Lambda.SdkClientException',
    ],
    interval: Duration.seconds(5),
    maxAttempts: 6,
    backoffRate: 2,
    jitterStrategy: sfn.JitterType.FULL,
  });
  task.addRetry({
    errors: [sfn.Errors.ALL],
    interval: Duration.seconds(2),
    maxAttempts: 2,
    backoffRate: 2,
  });
  return task;
}
