import { beforeAll, describe, expect, it } from '@jest/globals';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { SCOPES } from '#core/access/scopes.ts';
import { catalogue } from '../../events/catalogue.ts';
import { parseIssuers } from '../../functions/access/issuers.ts';
import { Config } from '../../infra/config.ts';
import { synthesise } from './synthesise.ts';

type Properties = Record<string, any>;
let stacks: ReturnType<typeof synthesise>;
beforeAll(() => {
  stacks = synthesise();
});

const HASH = /[0-9A-F]{8}$/;
const byName = (templates: Template | Template[], type: string): [string, Properties][] =>
  [templates]
    .flat()
    .flatMap((template) => Object.entries(template.findResources(type)))
    .map(([id, { Properties }]) => [id.replace(HASH, ''), Properties]);
/** The stacks whose functions answer the API. */
const services = () => [stacks.platform, stacks.notebooks];
const settings = (
  template: Template | Template[],
  type: string,
  pick: (p: Properties) => unknown,
) => Object.fromEntries(byName(template, type).map(([name, p]) => [name, pick(p)]));

const CHECKS = [
  'Artifact',
  'Contract',
  'Performance',
  'Quality',
  'DataQuality',
  'Fairness',
  'Robustness',
  'Explainability',
];

describe('each function', () => {
  const COMMON = ['LOGS', 'xray on *'];
  const WRITES = 'ConditionCheckItem GetItem PutItem Query UpdateItem';
  const REGISTRY = [
    `${WRITES} on Table: MODEL#* UPLOAD#* REGISTRATION#* IDEMPOTENCY#* AUDIT`,
    'GetObject PutObject on Artifacts/uploads/*',
    'AbortMultipartUpload DeleteObject DeleteObjectVersion on Artifacts/uploads/embedding/*',
    'AbortMultipartUpload GetObject PutObject on Artifacts/artifacts/*',
    'GetObject on Data/*',
  ];
  const DATASETS = [
    'GetItem PutItem UpdateItem on Table: DATASET#* UPLOAD#* IDEMPOTENCY#* AUDIT',
    'GetObject on Artifacts/uploads/* Data/*',
    'PutObject on Data/datasets/sha256/* Data/profiles/datasets/*',
  ];
  const STEP = 'Decrypt DescribeKey Encrypt GenerateDataKey on Key';
  const EXPERIMENTS = [
    'ConditionCheckItem DeleteItem GetItem PutItem Query UpdateItem on Table: ENDPOINT#* MODEL#* AUDIT',
    'Query on Table: FEEDBACK#* TRAFFIC#*',
    'GetObject on Data/captures/*',
    'ListBucket on Data: captures/*',
    STEP,
  ];
  const EXAMINES = [
    'GetItem Query on Table: MODEL#* DATASET#*',
    'GetItem UpdateItem on Table: VALIDATION#*',
    'GetObject on Artifacts/artifacts/* Data/datasets/* Data/profiles/*',
    'PutObject on Data/reports/*',
    STEP,
  ];
  const MONITORING = [
    'DeleteItem GetItem PutItem Query on Table: MONITOR#*',
    'PutItem on Table: AUDIT',
    'GetItem on Table: ENDPOINT#* DATASET#* VALIDATION#*',
    'GetItem Query on Table: MODEL#*',
    'Query on Table: TRAFFIC#* FEEDBACK#*',
    'GetObject on Data/captures/* Data/datasets/sha256/* Data/profiles/datasets/* Data/reports/* Data/row-profiles/*',
    'PutObject on Data/reports/endpoints/*',
    'ListBucket on Data: captures/* row-profiles/* reports/endpoints/* reports/validations/*',
    'PutMetricData on *: namespace Skiff',
  ];
  const JOB = `${WRITES} on Table: JOB#* AUDIT`;
  const ROLLOUTS = [
    'ConditionCheckItem DeleteItem GetItem PutItem Query on Table: ROLLOUT#*',
    STEP,
  ];
  const ENDPOINTS = [
    `${WRITES} on Table: ENDPOINT#* MODEL#* AUDIT`,
    'GetItem on Table: VALIDATION#*',
    'GetObject on Data/reports/*',
  ];
  const COSTS = [
    'GetItem on Table: ENDPOINT#*',
    'Query on Table: TRAFFIC#*',
    'DeleteItem GetItem PutItem on Table: BUDGET#*',
    'PutItem on Table: AUDIT',
    'Query on Table/index/gsi1: ENDPOINTS DELETED-ENDPOINTS BUDGETS',
    'DeleteAlarms PutMetricAlarm on arn:AWS::Partition:cloudwatch:AWS::Region:AWS::AccountId:alarm:SkiffPlatform-budget-*',
  ];
  const QUEUE = 'GetQueueAttributes GetQueueUrl SendMessage on';

  /** Every statement there is: a new grant, or a wider one, has to be written down here. */
  it('may reach only these resources, and these partitions of the table', () => {
    const grants = Object.fromEntries(
      byName(services(), 'AWS::IAM::Policy').map(([id, { PolicyDocument }]) => [
        id.replace('RoleDefaultPolicy', ''),
        (PolicyDocument.Statement as Properties[]).map(describeStatement).sort(),
      ]),
    );
    const expected = {
      Authorize: [
        'GetItem on Table: TOKEN#*',
        'UpdateItem on Table: TOKEN#* (pk sk lastUsedAt)',
        STEP,
      ],
      AccessApi: [
        'GetItem PutItem on Table: TOKEN#* AUDIT IDEMPOTENCY#*',
        'UpdateItem on Table: TOKEN#*',
        'Query on Table/index/gsi1: TOKENS',
        STEP,
      ],
      RegistryApi: [
        ...REGISTRY,
        'Query on Table/index/gsi1: MODELS',
        'Decrypt DescribeKey Encrypt GenerateDataKey on Key',
        'InvokeFunction on RegisterVersion',
      ],
      RegisterVersion: [
        ...REGISTRY,
        'Decrypt DescribeKey Encrypt GenerateDataKey GenerateDataKey* ReEncrypt* on Key',
        `${QUEUE} RegisterVersionDeadLetters`,
      ],
      DatasetsApi: [
        ...DATASETS,
        'Query on Table/index/gsi1: DATASETS DATASET#*',
        'Decrypt DescribeKey Encrypt GenerateDataKey on Key',
        'InvokeFunction on ProfileDataset',
      ],
      ProfileDataset: [
        ...DATASETS,
        'Decrypt DescribeKey Encrypt GenerateDataKey GenerateDataKey* ReEncrypt* on Key',
        `${QUEUE} ProfileDatasetDeadLetters`,
      ],
      DeploymentsApi: [
        `${WRITES} on Table: ENDPOINT#* MODEL#* IDEMPOTENCY#* AUDIT`,
        'GetItem on Table: VALIDATION#*',
        'GetObject on Data/reports/*',
        'Query on Table/index/gsi1: ENDPOINTS',
        'Decrypt DescribeKey Encrypt GenerateDataKey on Key',
      ],
      AdvanceRollout: [
        ...ROLLOUTS,
        ...ENDPOINTS.filter((line) => !line.startsWith('GetObject')),
        'GetObject on Data/captures/* Data/reports/*',
        'ListBucket on Data: captures/*',
        'Query on Table: TRAFFIC#* FEEDBACK#*',
      ],
      EndRollout: [...ROLLOUTS, 'PutItem on Table: AUDIT'],
      GuardEndpoint: [...ROLLOUTS, ...ENDPOINTS],
      RolloutsApi: [
        ...ROLLOUTS,
        ...ENDPOINTS,
        'GetItem PutItem on Table: IDEMPOTENCY#*',
        'StopExecution on arn:AWS::Partition:states:AWS::Region:AWS::AccountId:execution:Rollout:*',
      ],
      ValidationApi: [
        `${WRITES} on Table: MODEL#* VALIDATION#* POLICY#* IDEMPOTENCY#* AUDIT`,
        'Query on Table/index/gsi1: POLICIES',
        'GetObject on Data/reports/*',
        'StopExecution on arn:AWS::Partition:states:AWS::Region:AWS::AccountId:execution:Validation:*',
        STEP,
      ],
      StartValidation: [`${WRITES} on Table: MODEL#* VALIDATION#* AUDIT POLICY#*`, STEP],
      BeginValidation: [`${WRITES} on Table: MODEL#* VALIDATION#* AUDIT DATASET#*`, STEP],
      JudgeValidation: [`${WRITES} on Table: MODEL#* VALIDATION#* AUDIT`, STEP],
      EndValidation: [`${WRITES} on Table: MODEL#* VALIDATION#* AUDIT`, STEP],
      ...Object.fromEntries(CHECKS.map((name) => [`Check${name}`, EXAMINES])),
      Infer: [
        'GetItem on Table: ENDPOINT#*',
        'GetObject on Artifacts/artifacts/*',
        'PutItem on Table: TRAFFIC#*',
        'PutObject on Data/captures/*',
        'Decrypt DescribeKey Encrypt GenerateDataKey on Key',
      ],
      UiSite: [],
      TrackingApi: [
        'BatchGetItem BatchWriteItem DeleteItem GetItem PartiQLDelete PartiQLInsert PutItem Query on Table: TRACKING#*',
        'PutItem on Table: AUDIT',
        STEP,
      ],
      TrackingArtifacts: [
        'GetItem Query on Table: TRACKING#*',
        'AbortMultipartUpload DeleteObject GetObject PutObject on Data/tracking/*',
        'ListBucket on Data: tracking/*',
        STEP,
      ],
      MlflowRegistryApi: [
        `${WRITES} on Table: MODEL#* REGISTRATION#* AUDIT`,
        'GetItem Query on Table: TRACKING#*',
        'Query on Table/index/gsi1: MODELS',
        'AbortMultipartUpload GetObject PutObject on Artifacts/artifacts/*',
        'AbortMultipartUpload DeleteObject DeleteObjectVersion GetObject PutObject on Artifacts/uploads/embedding/*',
        'GetObject on Data/tracking/*',
        'PutObject on Data/tracking/*/registered/*',
        STEP,
        'InvokeFunction on RegisterVersion',
      ],
      RunsApi: [
        'BatchGetItem GetItem Query on Table: TRACKING#*',
        'GetObject on Data/tracking/*',
        'ListBucket on Data: tracking/*',
        'Decrypt DescribeKey on Key',
      ],
      MlflowWebhooksApi: [
        'DeleteItem GetItem PutItem on Table: WEBHOOK#*',
        'DeleteItem PutItem on Table: WEBHOOK_SECRET#*',
        'PutItem on Table: AUDIT',
        'Query on Table/index/gsi1: WEBHOOKS',
        STEP,
        'InvokeFunction on DeliverWebhook',
      ],
      JobsApi: [
        `${WRITES} on Table: JOB#* IDEMPOTENCY#* AUDIT`,
        'Query on Table/index/gsi1: JOBS',
        'GetObject on Data/batch/out/*',
        'StopExecution on arn:AWS::Partition:states:AWS::Region:AWS::AccountId:execution:BatchJob:*',
        STEP,
      ],
      StartJob: [JOB, STEP],
      PlanJob: [
        JOB,
        'GetItem on Table: ENDPOINT#* MODEL#*',
        'GetObject on Data/batch/*',
        'ListBucket on Data: batch/*',
        'PutObject on Data/batch/out/*',
        STEP,
      ],
      ScoreShard: [
        JOB,
        'GetObject on Artifacts/artifacts/* Data/batch/*',
        'AbortMultipartUpload PutObject on Data/batch/out/*',
        STEP,
      ],
      FinishJob: [
        JOB,
        'GetObject PutObject on Data/batch/out/*',
        'PutObject on Data/row-profiles/*',
        STEP,
      ],
      EndJob: [JOB, STEP],
      FeedbackApi: [
        'GetItem PutItem Query on Table: FEEDBACK#*',
        'GetItem on Table: ENDPOINT#*',
        STEP,
      ],
      BundlesApi: [
        'GetItem PutItem Query on Table: BUNDLE#*',
        'GetItem on Table: ENDPOINT#* DATASET#*',
        'GetItem Query on Table: MODEL#*',
        'PutItem on Table: AUDIT',
        'GetObject on Artifacts/artifacts/* Data/profiles/datasets/*',
        'AbortMultipartUpload GetObject PutObject on Artifacts/bundles/*',
        'GetSecretValue on SigningSecret',
        STEP,
      ],
      DevicesApi: [
        'Query on Table: BUNDLE#*',
        'GetItem on Table: ENDPOINT#* MODEL#*',
        'PutItem on Table: TRAFFIC#*',
        'GetObject on Artifacts/bundles/*',
        'GetObject PutObject on Data/captures/*',
        'ListBucket on Data: captures/*',
        'PutObject on Data/row-profiles/*',
        STEP,
      ],
      CostsApi: [...COSTS, 'Decrypt DescribeKey Encrypt GenerateDataKey on Key'],
      CheckBudgets: [
        ...COSTS,
        'PutMetricData on *: namespace Skiff',
        'Decrypt DescribeKey Encrypt GenerateDataKey GenerateDataKey* ReEncrypt* on Key',
        `${QUEUE} CheckBudgetsDeadLetters`,
      ],
      ScoreShadows: [
        'GetItem on Table: ENDPOINT#*',
        'PutItem on Table: TRAFFIC#*',
        'GetObject on Artifacts/artifacts/* Data/captures/*',
        'PutObject on Data/shadows/*',
        'Decrypt DescribeKey Encrypt GenerateDataKey GenerateDataKey* ReEncrypt* on Key',
        `${QUEUE} ScoreShadowsDeadLetters`,
      ],
      ExperimentsApi: EXPERIMENTS,
      EvaluateExperiments: [...EXPERIMENTS, 'Query on Table/index/gsi1: EXPERIMENTS ENDPOINTS'],
      TidyTraffic: [
        'DeleteItem PutItem Query on Table: TRAFFIC#*',
        'Query on Table/index/gsi1: ENDPOINTS DELETED-ENDPOINTS',
        'ListBucket on Data: captures/*',
        'ListBucket on Data: shadows/*',
        'DeleteObject GetObject PutObject on Data/captures/* Data/shadows/*',
        'Decrypt DescribeKey Encrypt GenerateDataKey GenerateDataKey* ReEncrypt* on Key',
        `${QUEUE} TidyTrafficDeadLetters`,
      ],
      TrafficApi: [
        'GetItem on Table: ENDPOINT#*',
        'Query on Table: TRAFFIC#*',
        'Decrypt DescribeKey on Key',
      ],
      MonitoringApi: [
        ...MONITORING,
        'CreateSchedule DeleteSchedule UpdateSchedule on arn:AWS::Partition:scheduler:AWS::Region:AWS::AccountId:schedule/default/SkiffPlatform-*',
        'DeleteAlarms PutCompositeAlarm PutMetricAlarm on arn:AWS::Partition:cloudwatch:AWS::Region:AWS::AccountId:alarm:SkiffPlatform-monitor/*',
        'DeleteDashboards PutDashboard on arn:AWS::Partition:cloudwatch::AWS::AccountId:dashboard/SkiffPlatform-endpoint-*',
        'PassRole on SchedulerRole',
        STEP,
      ],
      RunMonitor: [
        ...MONITORING,
        'DeleteSchedule on arn:AWS::Partition:scheduler:AWS::Region:AWS::AccountId:schedule/default/SkiffPlatform-*',
        'DeleteAlarms on arn:AWS::Partition:cloudwatch:AWS::Region:AWS::AccountId:alarm:SkiffPlatform-monitor/*',
        'DeleteDashboards on arn:AWS::Partition:cloudwatch::AWS::AccountId:dashboard/SkiffPlatform-endpoint-*',
        `${QUEUE} RunMonitorDeadLetters`,
        'Decrypt DescribeKey Encrypt GenerateDataKey GenerateDataKey* ReEncrypt* on Key',
      ],
      MetricsApi: [
        'Query on Table/index/gsi1: ENDPOINTS',
        'Query on Table: TRAFFIC#* MONITOR#*',
        'GetItem on Table: MONITOR#*',
        'Decrypt DescribeKey on Key',
      ],
      GovernanceApi: [
        'BatchGetItem GetItem Query on Table: AUDIT AUDIT_CHAIN',
        'Query on Table/index/gsi1: AUDIT#*',
        'Decrypt DescribeKey on Key',
      ],
      PublishEvents: [
        'PutEvents on Bus',
        'DescribeStream GetRecords GetShardIterator on Table stream',
        'Decrypt DescribeKey Encrypt GenerateDataKey* ReEncrypt* on Key',
        `${QUEUE} PublishEventsDeadLetters`,
      ],
      ChainAudit: [
        'BatchGetItem PutItem Query on Table: AUDIT_CHAIN',
        'DescribeStream GetRecords GetShardIterator on Table stream',
        'Decrypt DescribeKey Encrypt GenerateDataKey GenerateDataKey* ReEncrypt* on Key',
        `${QUEUE} ChainAuditDeadLetters`,
      ],
      CardsApi: [
        'GetItem PutItem Query on Table: MODEL#* VALIDATION#* AUDIT',
        'GetObject on Data/reports/validations/*',
        'Decrypt DescribeKey Encrypt GenerateDataKey on Key',
      ],
      WebhooksApi: [
        'DeleteItem GetItem PutItem Query on Table: WEBHOOK#*',
        'DeleteItem PutItem on Table: WEBHOOK_SECRET#*',
        'GetItem PutItem on Table: IDEMPOTENCY#*',
        'PutItem on Table: AUDIT',
        'Query on Table/index/gsi1: WEBHOOKS',
        'InvokeFunction on DeliverWebhook',
        STEP,
      ],
      DispatchEvent: [
        'GetItem PutItem on Table: WEBHOOK#*',
        'GetItem on Table: MODEL#*',
        'Query on Table/index/gsi1: WEBHOOKS',
        'InvokeFunction on DeliverWebhook',
        STEP,
      ],
      DeliverWebhook: [
        'GetItem PutItem on Table: WEBHOOK#*',
        'GetItem on Table: WEBHOOK_SECRET#*',
        'Decrypt DescribeKey Encrypt GenerateDataKey GenerateDataKey* ReEncrypt* on Key',
        `${QUEUE} DeliverWebhookDeadLetters`,
      ],
      ReferenceApi: [],
    };
    const {
      Validation: workflow,
      ValidationEvents: rule,
      Scheduler,
      BatchJob,
      BatchJobEvents,
      BatchJobDistributedMapPolicy: map,
      Rollout: rolloutWorkflow,
      RolloutEvents: rolloutRule,
      ...functions
    } = grants;
    expect(rolloutRule).toEqual(['StartExecution on Rollout']);
    expect(rolloutWorkflow).toEqual([
      `${LOG_DELIVERY} on *`,
      'InvokeFunction on AdvanceRollout EndRollout AdvanceRollout:* EndRollout:*',
    ]);
    expect(Scheduler).toEqual([
      'Decrypt GenerateDataKey on Key',
      'InvokeFunction on RunMonitor',
      'SendMessage on RunMonitorDeadLetters',
    ]);
    expect(BatchJobEvents).toEqual(['StartExecution on BatchJob']);
    const jobSteps = ['EndJob', 'FinishJob', 'PlanJob', 'ScoreShard'];
    expect(BatchJob).toEqual([
      `${LOG_DELIVERY} on *`,
      `InvokeFunction on ${[...jobSteps, ...jobSteps.map((name) => `${name}:*`)].join(' ')}`,
    ]);
    const executions = 'arn:AWS::Partition:states:AWS::Region:AWS::AccountId:execution:';
    expect(map).toEqual([
      `DescribeExecution StopExecution on ${executions}:*`,
      `RedriveExecution on ${executions}/*:*`,
      'StartExecution on BatchJob',
    ]);
    expect(rule).toEqual(['StartExecution on Validation']);
    const steps = ['Begin', 'Judge', 'End'].map((verb) => `${verb}Validation`);
    const invoked = [...CHECKS.map((name) => `Check${name}`), ...steps];
    expect(workflow).toEqual([
      `${LOG_DELIVERY} on *`,
      `InvokeFunction on ${[...invoked.sort(), ...invoked.map((name) => `${name}:*`)].join(' ')}`,
    ]);
    expect(functions).toEqual(
      Object.fromEntries(
        Object.entries(expected).map(([name, own]) => [
          name,
          [...COMMON, ...own]
            .map((line) => line.replace('LOGS', `CreateLogStream PutLogEvents on ${name}Logs`))
            .map((line) => line.replace('xray', onEverything[name] ?? XRAY))
            .sort(),
        ]),
      ),
    );
  });

  const LOG_DELIVERY =
    'CreateLogDelivery DeleteLogDelivery DescribeLogGroups DescribeResourcePolicies GetLogDelivery ListLogDeliveries PutResourcePolicy UpdateLogDelivery GetSamplingRules GetSamplingTargets PutTelemetryRecords PutTraceSegments';
  const XRAY = 'PutTelemetryRecords PutTraceSegments';
  /** What else has no narrower resource. */
  const onEverything: Record<string, string> = {
    ChainAudit: `ListStreams ${XRAY}`,
    PublishEvents: `ListStreams ${XRAY}`,
    AdvanceRollout: `DescribeAlarms ${XRAY}`,
    RolloutsApi: `DescribeAlarms ${XRAY}`,
  };

  it('has this time, and only what scores loads the native layer', () => {
    const limits = settings(services(), 'AWS::Lambda::Function', ({ Timeout, Layers }) => [
      Timeout,
      Layers?.length ?? 0,
    ]);
    expect(limits).toEqual({
      Authorize: [10, 0],
      AccessApi: [29, 0],
      RegisterVersion: [900, 0],
      RegistryApi: [29, 0],
      ProfileDataset: [900, 0],
      DatasetsApi: [29, 0],
      ValidationApi: [29, 0],
      StartValidation: [60, 0],
      BeginValidation: [60, 0],
      JudgeValidation: [60, 0],
      EndValidation: [60, 0],
      ...Object.fromEntries(CHECKS.map((name) => [`Check${name}`, [900, 1]])),
      CheckDataQuality: [900, 0],
      DeploymentsApi: [29, 0],
      RolloutsApi: [29, 0],
      AdvanceRollout: [300, 0],
      EndRollout: [29, 0],
      GuardEndpoint: [29, 0],
      Infer: [29, 1],
      TrafficApi: [29, 0],
      TidyTraffic: [900, 0],
      FeedbackApi: [29, 0],
      JobsApi: [29, 0],
      StartJob: [300, 0],
      PlanJob: [900, 0],
      ScoreShard: [900, 1],
      FinishJob: [300, 0],
      EndJob: [300, 0],
      ScoreShadows: [300, 1],
      BundlesApi: [29, 0],
      DevicesApi: [29, 0],
      CostsApi: [29, 0],
      CheckBudgets: [300, 0],
      ExperimentsApi: [29, 0],
      EvaluateExperiments: [300, 0],
      MonitoringApi: [29, 0],
      RunMonitor: [900, 0],
      MetricsApi: [29, 0],
      WebhooksApi: [29, 0],
      DispatchEvent: [60, 0],
      DeliverWebhook: [60, 0],
      GovernanceApi: [29, 0],
      PublishEvents: [29, 0],
      ChainAudit: [29, 0],
      CardsApi: [29, 0],
      ReferenceApi: [29, 0],
      TrackingApi: [29, 0],
      TrackingArtifacts: [29, 0],
      UiSite: [29, 0],
      MlflowRegistryApi: [29, 0],
      RunsApi: [29, 0],
      MlflowWebhooksApi: [29, 0],
    });
  });
});

/** `actions on resource: partitions`, with the names that the stacks give their resources. */
function describeStatement({ Action, Resource, Condition }: Properties): string {
  const actions = [Action].flat().map((action: string) => action.split(':')[1]);
  const partitions =
    Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ??
    Condition?.StringLike?.['s3:prefix'];
  const namespace = Condition?.StringEquals?.['cloudwatch:namespace'];
  if (namespace) return `${actions.join(' ')} on ${Resource}: namespace ${namespace}`;
  const keys = partitions ? `: ${[partitions].flat().join(' ')}` : '';
  const attributes = Condition?.['ForAllValues:StringEquals']?.['dynamodb:Attributes'];
  const only = attributes ? ` (${attributes.join(' ')})` : '';
  return `${actions.join(' ')} on ${[Resource].flat().map(nameOf).join(' ')}${keys}${only}`;
}

function nameOf(resource: any): string {
  if (typeof resource === 'string') return resource;
  if (resource.Ref) return resource.Ref.replace(HASH, '');
  if (resource['Fn::Join']) return resource['Fn::Join'][1].map(nameOf).join('');
  if (resource['Fn::GetAtt']) return resource['Fn::GetAtt'][0].replace(HASH, '');
  const [, name, attribute] =
    /(?:FnGetAtt|Ref)(\w+?)[0-9A-F]{8}(StreamArn)?/.exec(resource['Fn::ImportValue']) ?? [];
  return attribute ? `${name} stream` : (name as string);
}

describe('the API', () => {
  it('has these routes', () => {
    const routes = byName(services(), 'AWS::ApiGatewayV2::Route').map(([, p]) => p.RouteKey);
    expect(routes.sort()).toEqual([
      'ANY /ajax-api/2.0/mlflow-artifacts/{proxy+}',
      'ANY /ajax-api/2.0/mlflow/artifacts/{proxy+}',
      'ANY /ajax-api/2.0/mlflow/logged-models/{model}/artifacts/{proxy+}',
      'ANY /ajax-api/2.0/mlflow/model-versions/{proxy+}',
      'ANY /ajax-api/2.0/mlflow/registered-models/{proxy+}',
      'ANY /ajax-api/2.0/mlflow/webhooks',
      'ANY /ajax-api/2.0/mlflow/webhooks/{proxy+}',
      'ANY /ajax-api/2.0/mlflow/{proxy+}',
      'ANY /ajax-api/3.0/mlflow/{proxy+}',
      'ANY /api/2.0/mlflow-artifacts/{proxy+}',
      'ANY /api/2.0/mlflow/artifacts/{proxy+}',
      'ANY /api/2.0/mlflow/logged-models/{model}/artifacts/{proxy+}',
      'ANY /api/2.0/mlflow/model-versions/{proxy+}',
      'ANY /api/2.0/mlflow/registered-models/{proxy+}',
      'ANY /api/2.0/mlflow/webhooks',
      'ANY /api/2.0/mlflow/webhooks/{proxy+}',
      'ANY /api/2.0/mlflow/{proxy+}',
      'ANY /api/3.0/mlflow/{proxy+}',
      'ANY /api/v1/audit',
      'ANY /api/v1/audit/verification',
      'ANY /api/v1/datasets',
      'ANY /api/v1/datasets/{proxy+}',
      'ANY /api/v1/endpoints',
      'ANY /api/v1/endpoints/{endpoint}/budget',
      'ANY /api/v1/endpoints/{endpoint}/bundles',
      'ANY /api/v1/endpoints/{endpoint}/bundles/{revision}',
      'ANY /api/v1/endpoints/{endpoint}/experiments',
      'ANY /api/v1/endpoints/{endpoint}/experiments/{proxy+}',
      'ANY /api/v1/endpoints/{endpoint}/guard',
      'ANY /api/v1/endpoints/{endpoint}/monitor',
      'ANY /api/v1/endpoints/{endpoint}/rollouts',
      'ANY /api/v1/endpoints/{endpoint}/rollouts/{proxy+}',
      'ANY /api/v1/endpoints/{proxy+}',
      'ANY /api/v1/jobs',
      'ANY /api/v1/jobs/{proxy+}',
      'ANY /api/v1/models',
      'ANY /api/v1/models/{model}/versions/{version}/approvals',
      'ANY /api/v1/models/{model}/versions/{version}/card',
      'ANY /api/v1/models/{model}/versions/{version}/card/{proxy+}',
      'ANY /api/v1/models/{model}/versions/{version}/validations',
      'ANY /api/v1/models/{model}/versions/{version}/validations/{proxy+}',
      'ANY /api/v1/models/{proxy+}',
      'ANY /api/v1/policies',
      'ANY /api/v1/policies/{policy}',
      'ANY /api/v1/registrations/{proxy+}',
      'ANY /api/v1/tokens',
      'ANY /api/v1/tokens/{token}',
      'ANY /api/v1/uploads',
      'ANY /api/v1/webhooks',
      'ANY /api/v1/webhooks/{proxy+}',
      'ANY /endpoints/{endpoint}/{proxy+}',
      'ANY /v2',
      'ANY /v2/{proxy+}',
      'ANY /{workspace}/ajax-api/2.0/mlflow-artifacts/{proxy+}',
      'ANY /{workspace}/ajax-api/2.0/mlflow/artifacts/{proxy+}',
      'ANY /{workspace}/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/{proxy+}',
      'ANY /{workspace}/ajax-api/2.0/mlflow/model-versions/{proxy+}',
      'ANY /{workspace}/ajax-api/2.0/mlflow/registered-models/{proxy+}',
      'ANY /{workspace}/ajax-api/2.0/mlflow/webhooks',
      'ANY /{workspace}/ajax-api/2.0/mlflow/webhooks/{proxy+}',
      'ANY /{workspace}/ajax-api/2.0/mlflow/{proxy+}',
      'ANY /{workspace}/ajax-api/3.0/mlflow/{proxy+}',
      'ANY /{workspace}/api/2.0/mlflow-artifacts/{proxy+}',
      'ANY /{workspace}/api/2.0/mlflow/artifacts/{proxy+}',
      'ANY /{workspace}/api/2.0/mlflow/logged-models/{model}/artifacts/{proxy+}',
      'ANY /{workspace}/api/2.0/mlflow/model-versions/{proxy+}',
      'ANY /{workspace}/api/2.0/mlflow/registered-models/{proxy+}',
      'ANY /{workspace}/api/2.0/mlflow/webhooks',
      'ANY /{workspace}/api/2.0/mlflow/webhooks/{proxy+}',
      'ANY /{workspace}/api/2.0/mlflow/{proxy+}',
      'ANY /{workspace}/api/3.0/mlflow/{proxy+}',
      'GET /api/v1/bundle-key',
      'GET /api/v1/docs',
      'GET /api/v1/endpoints/{endpoint}/cost',
      'GET /api/v1/endpoints/{endpoint}/devices/{device}/bundle',
      'GET /api/v1/endpoints/{endpoint}/feedback',
      'GET /api/v1/endpoints/{endpoint}/reports',
      'GET /api/v1/endpoints/{endpoint}/reports/{report}',
      'GET /api/v1/endpoints/{endpoint}/shadows',
      'GET /api/v1/endpoints/{endpoint}/traffic',
      'GET /api/v1/health',
      'GET /api/v1/models/{model}/cost',
      'GET /api/v1/openapi.json',
      'GET /api/v1/runs/{run}',
      'GET /get-artifact',
      'GET /health',
      'GET /metrics',
      'GET /ui',
      'GET /ui/{proxy+}',
      'GET /v2/health/live',
      'GET /v2/health/ready',
      'GET /version',
      'GET /{workspace}/get-artifact',
      'GET /{workspace}/health',
      'GET /{workspace}/version',
      'POST /api/v1/endpoints/{endpoint}/devices/{device}/uploads',
      'POST /api/v1/endpoints/{endpoint}/monitor/runs',
      'POST /api/v1/endpoints/{endpoint}/predictions',
      'POST /api/v1/feedback',
      'POST /api/v1/runs/{run}/reproduction',
    ]);
  });

  it('logs who called what from where, and nothing of what was sent', () => {
    const [stage] = byName(stacks.platform, 'AWS::ApiGatewayV2::Stage').map(([, p]) => p);
    expect(JSON.parse(stage?.AccessLogSettings.Format)).toEqual({
      '@timestamp': '$context.requestTime',
      'http.request.id': '$context.requestId',
      'source.ip': '$context.identity.sourceIp',
      'user.name': '$context.authorizer.actor',
      'http.request.method': '$context.httpMethod',
      'url.path': '$context.path',
      'http.route': '$context.routeKey',
      'http.response.status_code': '$context.status',
      'error.message': '$context.error.message',
    });
  });

  it('trusts the answer for one token no longer than is configured', () => {
    const authorizer = (seconds: number) => ({
      AuthorizerType: 'REQUEST',
      AuthorizerPayloadFormatVersion: '2.0',
      EnableSimpleResponses: true,
      IdentitySource: ['$request.header.Authorization'],
      AuthorizerResultTtlInSeconds: seconds,
    });
    const type = 'AWS::ApiGatewayV2::Authorizer';
    stacks.platform.hasResourceProperties(type, authorizer(300));
    synthesise({ authorizerCacheSeconds: 7 }).platform.hasResourceProperties(type, authorizer(7));
  });
});

describe('the rates of routes', () => {
  const settings = (template: Template) =>
    (Object.values(template.findResources('AWS::ApiGatewayV2::Stage'))[0] as Properties).Properties
      .RouteSettings;

  it('are those of the configuration; by default, low ones for what nobody needs by the thousand', () => {
    const slow = { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 };
    expect(settings(stacks.platform)).toEqual({
      'ANY /api/v1/audit/verification': slow,
      'ANY /api/v1/tokens': slow,
      'ANY /api/v1/tokens/{token}': slow,
    });
    const throttles = { 'ANY /v2/{proxy+}': { rate: 50, burst: 70 } };
    expect(settings(synthesise({ throttles }).platform)).toEqual({
      ...settings(stacks.platform),
      'ANY /v2/{proxy+}': { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 70 },
    });
  });

  it('cannot be given to a route that is not there, or in another form', () => {
    const of = (throttles: any) => () => synthesise({ throttles });
    expect(of({ 'GET /nothing': { rate: 1, burst: 1 } })).toThrow('there is no such route');
    expect(of({ 'ANY /v2': { rate: 0, burst: 1 } })).toThrow('rate');
    expect(of({ '/v2': { rate: 1, burst: 1 } })).toThrow('Invalid key');
    expect(() => Config.parse({ throttles: '{' })).toThrow('throttles');
  });
});

describe('issuers of JWTs', () => {
  const one = { name: 'corp', issuer: 'https://a.example', audiences: ['skiff'] };
  const environment = (template: Template) => {
    const [, { Environment }] = byName(template, 'AWS::Lambda::Function').find(
      ([name]) => name === 'Authorize',
    ) as [string, Properties];
    return Environment.Variables.SKIFF_OIDC_ISSUERS;
  };

  it('are those of the configuration; none by default', () => {
    expect(environment(stacks.platform)).toBe('[]');
    const { platform } = synthesise({ oidcIssuers: [one] as never });
    expect(JSON.parse(environment(platform))).toMatchObject([one]);
    platform.resourceCountIs('AWS::Cognito::UserPool', 0);
    expect(() => Config.parse({ oidcIssuers: '[{}]' })).toThrow('audiences');
  });

  it('may be a user pool of the stack, closed to strangers and with a second factor', () => {
    const { platform } = synthesise({ cognito: true });
    platform.hasResourceProperties('AWS::Cognito::UserPool', {
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      MfaConfiguration: 'ON',
      DeletionProtection: 'ACTIVE',
    });
    const groups = Object.values(platform.findResources('AWS::Cognito::UserPoolGroup'));
    expect(groups.map(({ Properties }) => Properties.GroupName).sort()).toEqual(
      SCOPES.map((scope) => `skiff/${scope}`).sort(),
    );
    const parts = environment(platform)['Fn::Join'][1] as unknown[];
    const [issuer] = parseIssuers(parts.map((p) => (typeof p === 'string' ? p : 'x')).join(''));
    expect(issuer).toMatchObject({ audienceClaim: 'client_id', scopeClaims: ['cognito:groups'] });
    expect(parts).toContainEqual({ Ref: expect.stringMatching(/^UsersClient/) });
  });
});

describe('the audit log', () => {
  it('is append only, to administrators too, and by whatever call', () => {
    const [policy] = byName(stacks.data, 'AWS::DynamoDB::Table').map(([, p]) => p.ResourcePolicy);
    const statements = policy.PolicyDocument.Statement as Properties[];
    const AUDIT = ['AUDIT', 'AUDIT_CHAIN'];
    expect(
      statements.map(({ Effect, Principal, Resource, Action, Condition }) => [
        [Effect, Principal.AWS, Resource].join(' '),
        [Action].flat().join(' '),
        Condition,
      ]),
    ).toEqual([
      [
        'Deny * *',
        'dynamodb:DeleteItem dynamodb:PartiQLDelete dynamodb:PartiQLUpdate dynamodb:UpdateItem',
        {
          'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': AUDIT },
          Null: { 'dynamodb:LeadingKeys': 'false' },
        },
      ],
      [
        'Deny * *',
        'dynamodb:BatchWriteItem',
        { 'ForAnyValue:StringEquals': { 'dynamodb:LeadingKeys': AUDIT } },
      ],
    ]);
  });
});

describe('data', () => {
  it('is found by the keys that the functions use', () => {
    const keys = (pk: string, sk: string) => [
      { AttributeName: pk, KeyType: 'HASH' },
      { AttributeName: sk, KeyType: 'RANGE' },
    ];
    stacks.data.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: keys('pk', 'sk'),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'gsi1',
          KeySchema: keys('gsi1pk', 'gsi1sk'),
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    });
  });

  it('is encrypted with our key, keeps old versions for a while, and logs who reads it', () => {
    const kept = {
      algorithm: 'aws:kms',
      versions: 'Enabled',
      ownership: 'BucketOwnerEnforced',
      oldVersionDays: 30,
      logged: true,
    };
    const buckets = settings(stacks.data, 'AWS::S3::Bucket', describeBucket);
    expect(buckets).toEqual({
      Artifacts: kept,
      Data: kept,
      AccessLogs: {
        algorithm: 'AES256',
        ownership: 'BucketOwnerEnforced',
        expireDays: 90,
        logged: false,
      },
    });
  });

  it('takes uploads from browsers of the configured origins only', () => {
    const cors = (template: Template) =>
      settings(template, 'AWS::S3::Bucket', (p) =>
        p.CorsConfiguration?.CorsRules.map((rule: Properties) => [
          rule.AllowedMethods,
          rule.AllowedOrigins,
        ]),
      );
    expect(Object.values(cors(stacks.data)).filter(Boolean)).toEqual([]);
    expect(cors(synthesise({ corsOrigins: 'https://a.example' }).data)).toMatchObject({
      Artifacts: [[['PUT'], ['https://a.example']]],
      Data: undefined,
    });
  });
});

function describeBucket(p: Properties) {
  const rules = p.LifecycleConfiguration.Rules as Properties[];
  const days = (pick: (rule: Properties) => number | undefined) => rules.map(pick).find(Boolean);
  const encryption = p.BucketEncryption.ServerSideEncryptionConfiguration[0];
  return {
    algorithm: encryption.ServerSideEncryptionByDefault.SSEAlgorithm,
    versions: p.VersioningConfiguration?.Status,
    ownership: p.OwnershipControls?.Rules[0].ObjectOwnership,
    oldVersionDays: days((rule) => rule.NoncurrentVersionExpiration?.NoncurrentDays),
    expireDays: days((rule) => (rule.Prefix ? undefined : rule.ExpirationInDays)),
    logged: p.LoggingConfiguration !== undefined,
  };
}

const QUEUES = [
  'BatchJobEvents',
  'ChainAudit',
  'CheckBudgets',
  'DeliverWebhook',
  'EndBatchJobEvents',
  'EndRolloutEvents',
  'EndValidationEvents',
  'GuardEvents',
  'RolloutEvents',
  'EvaluateExperimentsEvents',
  'ProfileDataset',
  'PublishEvents',
  'RegisterVersion',
  'RunMonitor',
  'ScoreShadows',
  'StartJobEvents',
  'StartValidationEvents',
  'TidyTraffic',
  'ValidationEvents',
  'WebhooksEvents',
];

describe('work that failed', () => {
  it('is kept encrypted for two weeks', () => {
    const queues = byName(services(), 'AWS::SQS::Queue');
    expect(queues.map(([name]) => name).sort()).toEqual(
      QUEUES.map((name) => `${name}DeadLetters`).sort(),
    );
    stacks.platform.allResourcesProperties('AWS::SQS::Queue', {
      MessageRetentionPeriod: 14 * 24 * 3600,
      KmsMasterKeyId: Match.anyValue(),
    });
  });

  it('rings, as do a failing API, function, workflow, stream and table', () => {
    const alarms = byName(stacks.observability, 'AWS::CloudWatch::Alarm').map(([name]) => name);
    const functions = byName(services(), 'AWS::Lambda::Function').map(([name]) => name);
    expect(alarms.sort()).toEqual(
      [
        'ApiServerErrors',
        'AuditChainLate',
        'EventsLate',
        'TableThrottles',
        'BatchJobWorkflowFailed',
        'BatchJobWorkflowTimedOut',
        'RolloutWorkflowFailed',
        'RolloutWorkflowTimedOut',
        'ValidationWorkflowFailed',
        'ValidationWorkflowTimedOut',
        ...QUEUES.map((name) => `${name}DeadLettersDepth`),
        ...functions.flatMap((name) => [`${name}Errors`, `${name}Throttles`]),
      ].sort(),
    );
  });
});

describe('the stream', () => {
  it('carries only new audit entries, to the bus and to the chain', () => {
    const mappings = byName(stacks.platform, 'AWS::Lambda::EventSourceMapping');
    const patterns = mappings.map(([, { FilterCriteria }]) =>
      FilterCriteria.Filters.map(({ Pattern }: Properties) => JSON.parse(Pattern)),
    );
    const entries = [{ eventName: ['INSERT'], dynamodb: { Keys: { pk: { S: ['AUDIT'] } } } }];
    expect(patterns).toEqual([entries, entries]);
  });
});

describe('what leads outside', () => {
  const environment = (template: Template, id: string) =>
    settings(template, 'AWS::Lambda::Function', ({ Environment }) => Environment.Variables)[id];

  it('leads to public addresses only, unless the deployer says otherwise', () => {
    for (const id of ['WebhooksApi', 'DeliverWebhook']) {
      expect(environment(stacks.platform, id)).toMatchObject({ PRIVATE_ADDRESSES: 'false' });
    }
    const ofClients = environment(stacks.notebooks, 'MlflowWebhooksApi');
    expect(ofClients).toMatchObject({ PRIVATE_ADDRESSES: 'false' });
    const { platform } = synthesise({ webhookPrivateAddresses: true });
    expect(environment(platform, 'DeliverWebhook')).toMatchObject({ PRIVATE_ADDRESSES: 'true' });
  });

  it('is tried again: by Lambda three times in all, and by the bus', () => {
    const lambda = byName(stacks.platform, 'AWS::Lambda::EventInvokeConfig');
    const [, config] = lambda.find(([name]) => name.startsWith('DeliverWebhook')) as any;
    expect(config).toMatchObject({ MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 6 * 3600 });
    const rules = byName(stacks.platform, 'AWS::Events::Rule');
    const [, rule] = rules.find(([name]) => name === 'OnWebhooks') as [string, Properties];
    expect(rule.EventPattern).toEqual({ source: ['skiff'], 'detail-type': Object.keys(catalogue) });
    expect(rule.Targets[0].RetryPolicy).toEqual({ MaximumRetryAttempts: 20 });
  });

  it('starts a state machine of the deployer on the events of an endpoint', () => {
    const stateMachine = 'arn:aws:states:eu-west-1:111122223333:stateMachine:retrain';
    const wanted = { stateMachine, events: ['DriftDetected'], endpoint: 'wages' };
    const { platform } = synthesise({ startOnEvents: JSON.stringify([wanted]) as never });
    const rules = byName(platform, 'AWS::Events::Rule');
    const [, rule] = rules.find(([name]) => name === 'OnStartOnEvents0') as [string, Properties];
    expect(rule.EventPattern).toEqual({
      source: ['skiff'],
      'detail-type': ['DriftDetected'],
      detail: { endpoint: ['wages'] },
    });
    expect(rule.Targets).toMatchObject([
      { Arn: stateMachine, DeadLetterConfig: {}, RetryPolicy: { MaximumRetryAttempts: 20 } },
    ]);
    const roles = byName(platform, 'AWS::IAM::Policy').flatMap(([, { PolicyDocument }]) =>
      PolicyDocument.Statement.filter(({ Resource }: Properties) => Resource === stateMachine),
    );
    expect(roles.map(({ Action }) => Action)).toEqual(['states:StartExecution']);
    expect(() => Config.parse({ startOnEvents: '[{"events": []}]' })).toThrow('stateMachine');
  });
});

describe('every setting that a deployer may choose', () => {
  it.each([
    { sourceBuckets: 'some-bucket,another' },
    { corsOrigins: 'https://a.example,https://b.example' },
    { alarmEmail: 'someone@a.example' },
    { cognito: true },
    { webhookPrivateAddresses: true },
    {
      startOnEvents: [
        {
          stateMachine: 'arn:aws:states:eu-west-1:111122223333:stateMachine:retrain',
          events: ['DriftDetected'],
        },
      ],
    } as never,
    { stage: 'local', architecture: 'x86_64', retainData: false } as const,
  ])('leaves no finding of cdk-nag: %j', (chosen) => {
    expect(() => synthesise(chosen).app.synth()).not.toThrow();
  });
});
