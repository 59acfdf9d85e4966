import { CfnOutput } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as events from 'aws-cdk-lib/aws-events';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { ApiStack, type ApiStackProps } from './api-stack.ts';
import { addAccess } from './constructs/access.ts';
import { makeAlarmTopic } from './constructs/alarm-topic.ts';
import { makeApi } from './constructs/api.ts';
import { addBundles } from './constructs/bundles.ts';
import { addCards } from './constructs/cards.ts';
import { addCosts } from './constructs/costs.ts';
import { addDatasets } from './constructs/datasets.ts';
import { addDeployments } from './constructs/deployments.ts';
import { addExperiments } from './constructs/experiments.ts';
import { addFeedback } from './constructs/feedback.ts';
import { addGovernance } from './constructs/governance.ts';
import { addInference } from './constructs/inference.ts';
import { addJobs } from './constructs/jobs.ts';
import { addMetrics } from './constructs/metrics.ts';
import { addMonitoring } from './constructs/monitoring.ts';
import { addReference } from './constructs/reference.ts';
import { addRegistry } from './constructs/registry.ts';
import { addRollouts } from './constructs/rollouts.ts';
import { addShadows } from './constructs/shadows.ts';
import { addStreams, type WatchedStream } from './constructs/streams.ts';
import { throttleRoutes } from './constructs/throttles.ts';
import { addTraffic } from './constructs/traffic.ts';
import { addValidation } from './constructs/validation.ts';
import { addWebhooks } from './constructs/webhooks.ts';

/** The API, its functions and the bus: replaceable, because it keeps nothing. */
export class PlatformStack extends ApiStack {
  readonly streams: Record<string, WatchedStream> = {};
  readonly stateMachines: Record<string, sfn.StateMachine> = {};
  readonly bus: events.EventBus;
  /** Where alarms are sent. */
  readonly alarms: sns.Topic;
  readonly api: apigateway.HttpApi;
  readonly onnxRuntime: lambda.LayerVersion;

  constructor(scope: Construct, id: string, props: ApiStackProps) {
    super(scope, id, props);
    this.bus = new events.EventBus(this, 'Bus', { description: 'What happened in Skiff' });
    this.alarms = makeAlarmTopic(this);
    this.api = makeApi(this);
    this.onnxRuntime = new lambda.LayerVersion(this, 'OnnxRuntime', {
      description: 'ONNX Runtime, pruned to what Lambda runs',
      code: lambda.Code.fromAsset(props.built.layer),
      compatibleRuntimes: [lambda.Runtime.NODEJS_24_X],
    });
    addRegistry(this);
    addDatasets(this);
    addValidation(this);
    addDeployments(this);
    addRollouts(this);
    addInference(this);
    addJobs(this);
    addStreams(this);
    addTraffic(this);
    addFeedback(this);
    addBundles(this);
    addShadows(this);
    addCosts(this);
    addExperiments(this);
    addMonitoring(this);
    addMetrics(this);
    addGovernance(this);
    addAccess(this);
    addWebhooks(this);
    addCards(this);
    addReference(this);
    throttleRoutes(this);
    new CfnOutput(this, 'ApiUrl', { value: this.api.apiEndpoint });
    new CfnOutput(this, 'TableName', { value: props.data.table.tableName });
    new CfnOutput(this, 'ArtifactsBucket', { value: props.data.artifacts.bucketName });
    new CfnOutput(this, 'DataBucket', { value: props.data.data.bucketName });
    new CfnOutput(this, 'EventBusName', { value: this.bus.eventBusName });
  }
}
