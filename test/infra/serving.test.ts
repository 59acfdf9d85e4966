import { describe, expect, it } from '@jest/globals';
import { Match } from 'aws-cdk-lib/assertions';
import { Config, readConfig } from '../../infra/config.ts';
import { synthesise } from './synthesise.ts';

type Resources = Record<string, { Properties: Record<string, any> }>;
const POLICY = 'AWS::IAM::Policy';

describe('an endpoint with capacity of its own', () => {
  const dedicated = [
    { endpoint: 'churn', memoryMb: 3008, provisionedConcurrency: 2 },
    { endpoint: 'next-best.offer', memoryMb: 512, provisionedConcurrency: 0 },
  ];
  const { platform, observability, app } = synthesise({ dedicated });

  it('has a function of its own that loads its models before the first request', () => {
    for (const { endpoint, memoryMb } of dedicated) {
      platform.hasResourceProperties('AWS::Lambda::Function', {
        Description: `Predictions of ${endpoint}`,
        MemorySize: memoryMb,
        Handler: 'preload.handler',
        Layers: [Match.anyValue()],
        Environment: { Variables: Match.objectLike({ SKIFF_PRELOAD: endpoint }) },
      });
    }
    platform.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Predictions',
      Handler: 'index.handler',
      Environment: { Variables: Match.objectLike({ SKIFF_PRELOAD: Match.absent() }) },
    });
  });

  it('keeps as many of them warm as configured', () => {
    platform.resourceCountIs('AWS::Lambda::Alias', 1);
    platform.hasResourceProperties('AWS::Lambda::Alias', {
      Name: 'live',
      ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
    });
  });

  it('is reached at the same addresses, by routes that the API prefers', () => {
    const routes = platform.findResources('AWS::ApiGatewayV2::Route') as Resources;
    const integrations = platform.findResources('AWS::ApiGatewayV2::Integration') as Resources;
    const targetOf = (key: string) => {
      const found = Object.values(routes).find(({ Properties }) => Properties.RouteKey === key);
      const { AuthorizationType, Target } = (found as Resources[string]).Properties;
      expect(AuthorizationType).toBe('CUSTOM');
      const [, [, { Ref }]] = Target['Fn::Join'];
      return JSON.stringify(integrations[Ref]?.Properties.IntegrationUri);
    };
    const keysOf = (endpoint: string) => [
      `ANY /v2/models/${endpoint}`,
      `ANY /v2/models/${endpoint}/{proxy+}`,
      `ANY /endpoints/${endpoint}/{proxy+}`,
      `POST /api/v1/endpoints/${endpoint}/predictions`,
    ];
    for (const key of keysOf('churn')) expect(targetOf(key)).toContain('InferChurnAliaslive');
    for (const key of keysOf('next-best.offer')) {
      expect(targetOf(key)).toMatch(/"InferNextBestOffer\w{8}"/);
    }
  });

  it('may read its own record and no other, and rings like the others', () => {
    platform.hasResourceProperties(POLICY, {
      PolicyName: Match.stringLikeRegexp('^InferChurn'),
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Condition: {
              'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['ENDPOINT#churn'] },
            },
          }),
        ]),
      },
    });
    const alarms = Object.keys(observability.findResources('AWS::CloudWatch::Alarm'));
    expect(alarms.filter((id) => id.startsWith('InferChurn'))).toHaveLength(2);
    expect(() => app.synth()).not.toThrow();
  });

  it('may serve models of the size that its memory has room for', () => {
    platform.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Endpoints and their revisions',
      Environment: {
        Variables: Match.objectLike({
          SKIFF_DEDICATED_SERVED_BYTES: JSON.stringify({
            churn: Math.floor((3008 * 2 ** 20) / 3),
            'next-best.offer': Math.floor((512 * 2 ** 20) / 3),
          }),
        }),
      },
    });
  });

  it('is read from the command line', () => {
    const context: Record<string, unknown> = { dedicated: JSON.stringify(dedicated) };
    expect(readConfig((name) => context[name]).dedicated).toEqual(dedicated);
  });

  it.each([
    ['not JSON', '[{'],
    ['a name that no endpoint has', [{ endpoint: 'Churn', memoryMb: 1024 }]],
    ['too little memory', [{ endpoint: 'a', memoryMb: 100 }]],
    ['an unknown setting', [{ endpoint: 'a', memoryMb: 1024, memory: 1 }]],
    [
      'two that cannot be told apart',
      [
        { endpoint: 'a-b', memoryMb: 1024 },
        { endpoint: 'a.b', memoryMb: 1024 },
      ],
    ],
  ])('is refused where it is %s', (_, given) => {
    expect(Config.safeParse({ dedicated: given }).success).toBe(false);
  });
});

describe('SageMaker endpoints', () => {
  it('may be called only where they are named, and their client is there only then', () => {
    const none = synthesise().platform;
    expect(JSON.stringify(none.toJSON())).not.toContain('sagemaker:');
    none.resourceCountIs('AWS::Lambda::LayerVersion', 1);

    const { platform, app } = synthesise({ sagemakerEndpoints: 'Fraud-1,churn' });
    const policies = Object.entries(platform.findResources(POLICY) as Resources).filter(([, p]) =>
      JSON.stringify(p).includes('sagemaker:'),
    );
    expect(policies.map(([id]) => id.replace(/RoleDefaultPolicy\w+/, ''))).toEqual(['Infer']);
    const [[, { Properties }]] = policies as [(typeof policies)[0]];
    const statement = Properties.PolicyDocument.Statement.find(
      ({ Action }: { Action: string }) => Action === 'sagemaker:InvokeEndpoint',
    );
    const resources = statement.Resource.map((arn: any) => arn['Fn::Join'][1].at(-1)).sort();
    expect(resources).toEqual([':endpoint/churn', ':endpoint/fraud-1']);
    platform.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Predictions',
      Layers: [Match.anyValue(), Match.anyValue()],
    });
    platform.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Endpoints and their revisions',
      Environment: { Variables: Match.objectLike({ SKIFF_SAGEMAKER_ENDPOINTS: 'Fraud-1,churn' }) },
    });
    expect(() => app.synth()).not.toThrow();
  });

  it('have names', () => {
    expect(Config.safeParse({ sagemakerEndpoints: 'a,*' }).success).toBe(false);
  });
});
