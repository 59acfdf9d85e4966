import { describe, expect, it } from '@jest/globals';
import { Match } from 'aws-cdk-lib/assertions';
import { Config } from '../../infra/config.ts';
import { synthesise } from './synthesise.ts';

const edgeService = {
  ...{ endpoint: 'churn', tokenSecret: 'skiff/device', minTasks: 2, maxTasks: 8 },
  publicKey: '-----BEGIN PUBLIC KEY-----\nMCow…\n-----END PUBLIC KEY-----\n',
};

describe('the edge server in containers', () => {
  it('is not there unless it is configured', () => {
    expect(synthesise().edge).toBeUndefined();
    const wrong = { ...edgeService, publicKey: 'key.pem' };
    expect(() => Config.parse({ edgeService: JSON.stringify(wrong) })).toThrow('public key');
  });

  const { edge, app } = synthesise({ edgeService: Config.parse({ edgeService }).edgeService });
  const template = edge as NonNullable<typeof edge>;

  it('leaves no finding of cdk-nag', () => expect(() => app.synth()).not.toThrow());

  it('takes its token from a secret, keeps its state on a volume, and may drain', () => {
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        Match.objectLike({
          Secrets: [{ Name: 'SKIFF_TOKEN', ValueFrom: Match.anyValue() }],
          Environment: Match.arrayWith([{ Name: 'SKIFF_EDGE_ENDPOINT', Value: 'churn' }]),
          MountPoints: [
            { ContainerPath: '/var/lib/skiff-edge', ReadOnly: false, SourceVolume: 'state' },
          ],
          PortMappings: [
            { ContainerPort: 8080, Protocol: 'tcp' },
            { ContainerPort: 9000, Protocol: 'tcp' },
          ],
          ReadonlyRootFilesystem: true,
          StopTimeout: 40,
        }),
      ],
    });
    const text = JSON.stringify(template.findResources('AWS::ECS::TaskDefinition'));
    expect(text).not.toMatch(/"Name":"SKIFF_TOKEN","Value"/);
  });

  it('leaves memory for the models of an update beside those that are served', () => {
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      Memory: '2048',
      ContainerDefinitions: [
        Match.objectLike({
          Environment: Match.arrayWith([{ Name: 'SKIFF_EDGE_MEMORY_MB', Value: '819' }]),
        }),
      ],
    });
  });

  it('is reached over HTTP and gRPC from within its network alone', () => {
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      ...{ Scheme: 'internal', Type: 'network' },
    });
    for (const Port of [8080, 9000]) {
      template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', { Port });
      template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
        ...{ Port, HealthCheckPath: '/v2/health/ready', HealthCheckPort: '8080' },
      });
    }
    const groups = Object.values(template.findResources('AWS::EC2::SecurityGroup'));
    const from = groups.flatMap(({ Properties }) => Properties.SecurityGroupIngress ?? []);
    expect(from.map(({ CidrIp }: any) => CidrIp)).toEqual(['10.0.0.0/16', '10.0.0.0/16']);
  });

  it('grows with its load, and rings where nobody is ready', () => {
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
      ...{ MinCapacity: 2, MaxCapacity: 8 },
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: Match.stringLikeRegexp('docs/runbooks/edge-not-ready.md'),
      ...{ MetricName: 'HealthyHostCount', ComparisonOperator: 'LessThanThreshold' },
    });
  });

  it('may read the token, its image, and nothing else', () => {
    const policies = Object.values(template.findResources('AWS::IAM::Policy'));
    const actions = policies.flatMap(({ Properties }) =>
      Properties.PolicyDocument.Statement.flatMap(({ Action }: any) => Action),
    );
    expect([...new Set(actions)].sort()).toEqual([
      'ecr:BatchCheckLayerAvailability',
      'ecr:BatchGetImage',
      'ecr:GetAuthorizationToken',
      'ecr:GetDownloadUrlForLayer',
      'logs:CreateLogStream',
      'logs:DescribeLogStreams',
      'logs:PutLogEvents',
      'secretsmanager:DescribeSecret',
      'secretsmanager:GetSecretValue',
    ]);
  });
});
