import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { Config, readConfig } from '../../infra/config.ts';
import { root, synthesise } from './synthesise.ts';

type Resources = Record<string, { [key: string]: any }>;
let stacks: ReturnType<typeof synthesise>;
const services = () => [stacks.platform, stacks.notebooks];
const ofServices = (type: string): Resources =>
  Object.assign({}, ...services().map((template) => template.findResources(type)));
const functions = (): Resources => ofServices('AWS::Lambda::Function');
beforeAll(() => {
  stacks = synthesise();
});

describe('data', () => {
  it('is kept when the stack is deleted, and thrown away where that is configured', () => {
    const policies = (template: Template) =>
      ['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::KMS::Key'].flatMap((type) =>
        Object.values(template.findResources(type) as Resources).map(
          ({ DeletionPolicy }) => DeletionPolicy,
        ),
      );
    expect(policies(stacks.data)).toEqual(Array(5).fill('Retain'));
    expect(policies(synthesise({ retainData: false }).data)).toEqual(Array(5).fill('Delete'));
  });

  it('can be restored, expires what is short-lived, and is encrypted with a rotated key', () => {
    stacks.data.hasResourceProperties('AWS::DynamoDB::Table', {
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      DeletionProtectionEnabled: true,
    });
    stacks.data.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
  });

  it('lies in buckets that are private, encrypted, reached by TLS only, and cleaned up', () => {
    const buckets = Object.values(stacks.data.findResources('AWS::S3::Bucket') as Resources);
    for (const { Properties } of buckets) {
      expect(Properties.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(Properties.BucketEncryption).toBeDefined();
      const rules = Properties.LifecycleConfiguration.Rules as { Id: string }[];
      expect(rules.map(({ Id }) => Id)).toContain('abort-multipart-uploads');
    }
    stacks.data.resourceCountIs('AWS::S3::BucketPolicy', buckets.length);
    stacks.data.allResourcesProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ]),
      },
    });
    stacks.data.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: {
        Rules: Match.arrayWith([Match.objectLike({ Prefix: 'uploads/', ExpirationInDays: 1 })]),
      },
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    });
  });
});

describe('functions', () => {
  it('share runtime, architecture, tracing, bounded time and the silent native runtime', () => {
    for (const { Properties } of Object.values(functions())) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
        Environment: { Variables: { ORT_DISABLE_TELEMETRY: '1' } },
      });
      expect(Properties.Timeout).toBeLessThanOrEqual(900);
      expect(Properties.LoggingConfig.LogGroup).toBeDefined();
    }
  });

  it('keep their logs for a bounded time', () => {
    for (const template of services()) {
      template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
    }
  });

  it('expire captures, and what shadows answered', () => {
    const rules = ['captures/', 'shadows/'].map((Prefix) =>
      Match.objectLike({ Prefix, ExpirationInDays: 365, Status: 'Enabled' }),
    );
    for (const rule of rules) {
      stacks.data.hasResourceProperties('AWS::S3::Bucket', {
        LifecycleConfiguration: { Rules: Match.arrayWith([rule]) },
      });
    }
  });

  it('score shadows of captures, tidy up every hour, check budgets every quarter of one', () => {
    stacks.platform.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { object: { key: [{ wildcard: 'captures/*-shadowed.parquet' }] } },
      },
      Targets: [
        {
          DeadLetterConfig: { Arn: Match.anyValue() },
          RetryPolicy: { MaximumRetryAttempts: 20 },
        },
      ],
    });
    for (const ScheduleExpression of ['cron(20 * * * ? *)', 'rate(15 minutes)']) {
      stacks.platform.hasResourceProperties('AWS::Events::Rule', {
        ScheduleExpression,
        Targets: [{ DeadLetterConfig: { Arn: Match.anyValue() } }],
      });
    }
    const handedOver = Object.values(
      stacks.platform.findResources('AWS::Lambda::EventInvokeConfig') as Resources,
    ).map(({ Properties }) => Properties.FunctionName.Ref.replace(/[0-9A-F]{8}$/, ''));
    expect(handedOver).toEqual(
      expect.arrayContaining(['ScoreShadows', 'TidyTraffic', 'CheckBudgets']),
    );
  });

  it('hand over what failed every attempt', () => {
    stacks.platform.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 2,
      DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
    });
    stacks.platform.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 20,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
    });
  });
});

describe('the API', () => {
  it('asks the authoriser on every route but health and the page', () => {
    const routes = Object.values(ofServices('AWS::ApiGatewayV2::Route'));
    const open = routes.filter(({ Properties }) => Properties.AuthorizationType !== 'CUSTOM');
    expect(open.map(({ Properties }) => Properties.RouteKey).sort()).toEqual([
      'GET /api/v1/health',
      'GET /health',
      'GET /ui',
      'GET /ui/{proxy+}',
      'GET /v2/health/live',
      'GET /v2/health/ready',
      'GET /version',
    ]);
  });

  it('is throttled, logs its accesses, and answers browsers only where that is configured', () => {
    stacks.platform.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: { ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 2000 },
      AccessLogSettings: Match.anyValue(),
    });
    stacks.platform.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      CorsConfiguration: Match.absent(),
    });
    synthesise({ corsOrigins: 'https://a.example' }).platform.hasResourceProperties(
      'AWS::ApiGatewayV2::Api',
      {
        CorsConfiguration: Match.objectLike({ AllowOrigins: ['https://a.example'] }),
      },
    );
  });
});

describe('alarms', () => {
  it('name a runbook that is there', () => {
    const alarms = Object.values(
      stacks.observability.findResources('AWS::CloudWatch::Alarm') as Resources,
    );
    expect(alarms.length).toBeGreaterThan(10);
    for (const { Properties } of alarms) {
      const [, page] = /(docs\/runbooks\/[\w-]+\.md)$/.exec(Properties.AlarmDescription) ?? [];
      expect([Properties.AlarmDescription, page && existsSync(join(root, page))]).toEqual([
        Properties.AlarmDescription,
        true,
      ]);
      expect(Properties.AlarmActions).toHaveLength(1);
    }
  });

  it('may publish to their encrypted topic, and use its key', () => {
    const allowed = (actions: unknown) =>
      Match.arrayWith([
        Match.objectLike({
          Action: actions,
          Effect: 'Allow',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        }),
      ]);
    stacks.platform.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: { Statement: allowed('sns:Publish') },
    });
    stacks.data.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: { Statement: allowed(['kms:Decrypt', 'kms:GenerateDataKey*']) },
    });
  });
});

describe('the dashboard', () => {
  it('shows every alarm, and every function', () => {
    const boards = Object.values(
      stacks.observability.findResources('AWS::CloudWatch::Dashboard') as Resources,
    );
    const [body] = boards.map(({ Properties }) => JSON.stringify(Properties.DashboardBody));
    const alarms = Object.keys(stacks.observability.findResources('AWS::CloudWatch::Alarm'));
    expect(boards).toHaveLength(1);
    expect(alarms.filter((id) => !body?.includes(id))).toEqual([]);
    expect(Object.keys(functions()).filter((id) => !body?.includes(id))).toEqual([]);
  });
});

describe('the stacks', () => {
  it('hold no finding of cdk-nag without a written reason', () => {
    expect(() => stacks.app.synth()).not.toThrow();
  });

  it('need no custom resource', () => {
    for (const template of [stacks.data, ...services(), stacks.observability]) {
      const types = Object.values(
        template.toJSON().Resources as Record<string, { Type: string }>,
      ).map(({ Type }) => Type);
      expect(types.filter((type) => /^Custom::|CustomResource/.test(type))).toEqual([]);
    }
  });
});

describe('CloudFormation', () => {
  it('takes every stack, also with streams and functions of an endpoint: 500 resources each', () => {
    const count = (template: Template) => Object.keys(template.toJSON().Resources).length;
    const local = readConfig((name) => (name === 'stage' ? 'local' : undefined));
    const { data, platform, notebooks, observability } = synthesise(local);
    for (const template of [data, platform, notebooks, observability]) {
      expect(count(template)).toBeLessThan(480);
    }
  });
});

describe('the configuration', () => {
  it('names a setting that does not fit', () => {
    expect(() => Config.parse({ inferenceMemoryMb: 64 })).toThrow('inferenceMemoryMb');
    expect(() => Config.parse({ logRetentionDays: 31 })).toThrow('must be one of');
  });
});
