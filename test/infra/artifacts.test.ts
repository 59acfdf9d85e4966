import { describe, expect, it } from '@jest/globals';
import { Match } from 'aws-cdk-lib/assertions';
import { readConfig } from '../../infra/config.ts';
import { synthesise } from './synthesise.ts';

const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const ALL_VIEWER_EXCEPT_HOST_HEADER = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';

describe('the host of artifacts', () => {
  it('is not there unless it is asked for, and CloudFront reaches no file then', () => {
    const { artifacts, artifactFunction, data, notebooks } = synthesise();
    expect([artifacts, artifactFunction]).toEqual([undefined, undefined]);
    const all = JSON.stringify([data.toJSON(), notebooks.toJSON()]);
    expect(all).not.toMatch(/cloudfront|SKIFF_ARTIFACT_HOST/i);
    expect(readConfig((name) => (name === 'artifactHost' ? 'true' : undefined))).toMatchObject({
      artifactHost: true,
    });
  });

  const { app, data, notebooks, ...stacks } = synthesise({ artifactHost: true });
  const artifacts = stacks.artifacts as NonNullable<typeof stacks.artifacts>;
  const edge = stacks.artifactFunction as NonNullable<typeof stacks.artifactFunction>;
  const [{ Properties }] = Object.values(
    artifacts.findResources('AWS::CloudFront::Distribution'),
  ) as [Record<string, any>];
  const { DefaultCacheBehavior, CacheBehaviors, CustomErrorResponses, Origins } =
    Properties.DistributionConfig;
  const originOf = ({ TargetOriginId }: any) =>
    Origins.find(({ Id }: any) => Id === TargetOriginId);

  it('leaves no finding of cdk-nag', () => expect(() => app.synth()).not.toThrow());

  it('sends files to S3 once the function let them through, with or without a workspace', () => {
    const paths = CacheBehaviors.map(({ PathPattern }: any) => PathPattern);
    const files = '/api/2.0/mlflow-artifacts/artifacts/*';
    expect(paths).toEqual([files, `/*${files}`]);
    for (const behaviour of CacheBehaviors) {
      const calls = behaviour.LambdaFunctionAssociations;
      const events = calls.map(({ EventType }: any) => EventType);
      expect(events).toEqual(['viewer-request', 'origin-response']);
      // A body that the function is shown may have 40 KB.
      expect(JSON.stringify(calls)).not.toContain('IncludeBody');
      expect(behaviour.AllowedMethods).toEqual(expect.arrayContaining(['GET', 'PUT', 'DELETE']));
      expect(behaviour).not.toHaveProperty('OriginRequestPolicyId');
      expect(originOf(behaviour)).toMatchObject({
        DomainName: { 'Fn::ImportValue': expect.stringMatching(/^SkiffData:.*RegionalDomainName/) },
        OriginAccessControlId: expect.anything(),
      });
    }
    artifacts.hasResourceProperties('AWS::CloudFront::OriginAccessControl', {
      OriginAccessControlConfig: {
        ...{ OriginAccessControlOriginType: 's3', SigningBehavior: 'always' },
        SigningProtocol: 'sigv4',
      },
    });
  });

  it('sends everything else to the API over TLS, with the token', () => {
    expect(DefaultCacheBehavior.OriginRequestPolicyId).toBe(ALL_VIEWER_EXCEPT_HOST_HEADER);
    expect(DefaultCacheBehavior).not.toHaveProperty('LambdaFunctionAssociations');
    expect(originOf(DefaultCacheBehavior).CustomOriginConfig).toEqual({
      OriginProtocolPolicy: 'https-only',
      OriginSSLProtocols: ['TLSv1.2'],
    });
  });

  it('is reached over TLS alone and keeps nothing, no errors either', () => {
    for (const behaviour of [DefaultCacheBehavior, ...CacheBehaviors]) {
      expect(behaviour.CachePolicyId).toBe(CACHING_DISABLED);
      expect(behaviour.ViewerProtocolPolicy).toBe('https-only');
    }
    const kept = CustomErrorResponses.filter((one: any) => one.ErrorCachingMinTTL !== 0);
    expect(kept).toEqual([]);
    const codes = CustomErrorResponses.map(({ ErrorCode }: any) => ErrorCode);
    expect(codes).toEqual(expect.arrayContaining([403, 404, 416, 500, 503]));
  });

  it('has a function as Lambda@Edge takes it, which may do nothing but log', () => {
    edge.hasResourceProperties('AWS::Lambda::Function', {
      ...{ Runtime: 'nodejs22.x', MemorySize: 128, Timeout: 5 },
      ...{ Environment: Match.absent(), Layers: Match.absent(), Architectures: Match.absent() },
    });
    edge.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          Match.objectLike({
            Principal: { Service: ['edgelambda.amazonaws.com', 'lambda.amazonaws.com'] },
          }),
        ],
      },
      ManagedPolicyArns: Match.absent(),
    });
    const policies = Object.values(edge.findResources('AWS::IAM::Policy'));
    const actions = policies.flatMap((policy) =>
      policy.Properties.PolicyDocument.Statement.flatMap(({ Action }: any) => Action),
    );
    expect(actions.sort()).toEqual([
      ...['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
    ]);
    edge.hasResourceProperties('AWS::SSM::Parameter', {
      ...{ Name: '/skiff/artifact-host/function-version', Value: { Ref: Match.anyValue() } },
    });
  });

  it('finds the version of the function in the other region, anew for each', () => {
    const [[id]] = Object.entries(edge.findResources('AWS::Lambda::Version')) as [[string, any]];
    artifacts.hasResourceProperties('Custom::FunctionVersion', {
      Create: Match.serializedJson({
        ...{ service: 'SSM', action: 'GetParameter', region: 'us-east-1' },
        parameters: { Name: '/skiff/artifact-host/function-version' },
        physicalResourceId: { id },
      }),
    });
    expect(app.synth().getStackByName('SkiffArtifactFunction').environment.region).toBe(
      'us-east-1',
    );
  });

  it('reads and writes files of MLflow clients and nothing else', () => {
    const of = { Service: 'cloudfront.amazonaws.com' };
    const statements = (type: string, document: string) =>
      Object.values(data.findResources(type))
        .flatMap((resource) => resource.Properties[document].Statement)
        .filter(({ Principal }: any) => JSON.stringify(Principal) === JSON.stringify(of));
    const account = { Ref: 'AWS::AccountId' };
    const Condition = {
      StringEquals: { 'aws:SourceAccount': account },
      ArnLike: {
        'aws:SourceArn': {
          'Fn::Join': [
            '',
            ['arn:', { Ref: 'AWS::Partition' }, ':cloudfront::', account, ':distribution/*'],
          ],
        },
      },
    };
    const bucket = expect.stringMatching(/^Data\w{8}$/);
    expect(statements('AWS::S3::BucketPolicy', 'PolicyDocument')).toEqual([
      {
        ...{ Action: ['s3:GetObject', 's3:PutObject'], Effect: 'Allow', Principal: of, Condition },
        Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': [bucket, 'Arn'] }, '/tracking/*']] },
      },
    ]);
    expect(statements('AWS::KMS::Key', 'KeyPolicy')).toEqual([
      {
        Action: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*'],
        ...{ Effect: 'Allow', Principal: of, Condition, Resource: '*' },
      },
    ]);
  });

  it('is what MLflow clients are told of', () => {
    const told = Object.values(notebooks.findResources('AWS::Lambda::Function')).filter(
      ({ Properties: p }) => p.Environment.Variables.SKIFF_ARTIFACT_HOST !== undefined,
    );
    const descriptions = told.map(({ Properties: p }) => p.Description);
    expect(descriptions).toEqual(
      expect.arrayContaining([
        'Experiments and runs of MLflow clients',
        'Files of runs and logged models',
      ]),
    );
  });
});
