import { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { catalogue, EVENT_SOURCE, type EventName } from '../../events/catalogue.ts';
import type { PlatformStack } from '../platform-stack.ts';
import { explainDeadLetters, grantIndex, grantItems, grantKey } from './grants.ts';
import type { PlatformFunction } from './platform-function.ts';
import { onBus } from './workflows.ts';

/** With the first one as many as ROUNDS of functions/webhooks/deliver.ts. */
const FURTHER_ROUNDS = 2;

/** What tells others of events: URLs that users name, and state machines that the deployer names. */
export function addWebhooks(platform: PlatformStack): void {
  const { data } = platform.props;
  const deliver = addFunction(platform, 'DeliverWebhook', {
    handler: 'webhooks/handlers/deliver-webhook.ts',
    description: 'Sends one event to one webhook',
    timeout: Duration.minutes(1),
  });
  grantItems(deliver, data, ['GetItem', 'PutItem'], ['WEBHOOK#*']);
  grantItems(deliver, data, ['GetItem'], ['WEBHOOK_SECRET#*']);
  deliver.configureAsyncInvoke({
    retryAttempts: FURTHER_ROUNDS,
    maxEventAge: Duration.hours(6),
    onFailure: new SqsDestination(platform.addDeadLetterQueue('DeliverWebhook')),
  });
  explainDeadLetters(deliver);
  const dispatch = addFunction(platform, 'DispatchEvent', {
    handler: 'webhooks/handlers/dispatch-event.ts',
    description: 'Finds the webhooks that want an event',
    timeout: Duration.minutes(1),
    environment: { DELIVER_WEBHOOK_FUNCTION: deliver.functionName },
  });
  grantItems(dispatch, data, ['GetItem', 'PutItem'], ['WEBHOOK#*']);
  // Of what MLflow's webhooks are told.
  grantItems(dispatch, data, ['GetItem'], ['MODEL#*']);
  const api = addFunction(platform, 'WebhooksApi', {
    handler: 'webhooks/handlers/api.ts',
    description: 'Webhooks, and what they were sent',
    environment: { DELIVER_WEBHOOK_FUNCTION: deliver.functionName },
  });
  grantItems(api, data, ['GetItem', 'PutItem', 'DeleteItem', 'Query'], ['WEBHOOK#*']);
  grantItems(api, data, ['PutItem', 'DeleteItem'], ['WEBHOOK_SECRET#*']);
  grantItems(api, data, ['GetItem', 'PutItem'], ['IDEMPOTENCY#*']);
  grantItems(api, data, ['PutItem'], ['AUDIT']);
  for (const fn of [api, dispatch]) {
    grantIndex(fn, data, ['WEBHOOKS']);
    fn.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [deliver.functionArn],
      }),
    );
  }
  const { ANY } = apigateway.HttpMethod;
  platform.addRoutes(api, ANY, ['/api/v1/webhooks', '/api/v1/webhooks/{proxy+}']);
  onBus(platform, Object.keys(catalogue) as EventName[], 'Webhooks', (deadLetterQueue) => [
    new LambdaFunction(dispatch, { deadLetterQueue, retryAttempts: 20 }),
  ]);
  startStateMachines(platform);
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
      PRIVATE_ADDRESSES: String(config.webhookPrivateAddresses),
      ...about.environment,
    },
  });
  grantKey(fn, data, 'write');
  return fn;
}

/** What the deployer would have happen, such as a retraining; its input is the event's detail. */
function startStateMachines(platform: PlatformStack): void {
  const { startOnEvents } = platform.props.config;
  if (startOnEvents.length === 0) return;
  const deadLetterQueue = platform.addDeadLetterQueue('StartOnEvents');
  for (const [i, { stateMachine, events: detailType, endpoint }] of startOnEvents.entries()) {
    const machine = sfn.StateMachine.fromStateMachineArn(platform, `Started${i}`, stateMachine);
    new events.Rule(platform, `OnStartOnEvents${i}`, {
      eventBus: platform.bus,
      eventPattern: {
        source: [EVENT_SOURCE],
        detailType,
        ...(endpoint !== undefined && { detail: { endpoint: [endpoint] } }),
      },
      targets: [
        new SfnStateMachine(machine, {
          input: events.RuleTargetInput.fromEventPath('$.detail'),
          deadLetterQueue,
          retryAttempts: 20,
        }),
      ],
    });
  }
}
