import { join } from 'node:path';
import { Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { Config, EdgeService } from './config.ts';
import type { PlatformStack } from './platform-stack.ts';

interface EdgeProps extends StackProps {
  readonly config: Config;
  readonly service: EdgeService;
  readonly platform: PlatformStack;
}

const NETWORK = '10.0.0.0/16';
const HTTP = 8080;
const GRPC = 9000;
const FOLDER = '/var/lib/skiff-edge';
/** Of a task's memory: while a bundle is tested its models stand beside those that are served. */
const MODELS_SHARE = 0.4;
/** Longer than the server takes to drain. */
const STOP_SECONDS = 40;

/**
 * The edge server in containers behind a load balancer, for an endpoint with much traffic all day
 * long: the only part that costs while idle, and not there unless it is configured.
 */
export class EdgeStack extends Stack {
  constructor(scope: Construct, id: string, props: EdgeProps) {
    super(scope, id, props);
    const vpc = this.makeNetwork();
    const cluster = new ecs.Cluster(this, 'Cluster', {
      vpc,
      containerInsightsV2: ecs.ContainerInsights.ENABLED,
    });
    const [balancer, tasks] = this.makeSecurityGroups(vpc);
    const { service } = props;
    const fargate = new ecs.FargateService(this, 'Service', {
      cluster,
      taskDefinition: this.makeTask(props),
      desiredCount: service.minTasks,
      securityGroups: [tasks],
      assignPublicIp: true,
      minHealthyPercent: 100,
      circuitBreaker: { rollback: true },
      healthCheckGracePeriod: Duration.minutes(2),
    });
    fargate
      .autoScaleTaskCount({ minCapacity: service.minTasks, maxCapacity: service.maxTasks })
      .scaleOnCpuUtilization('Cpu', {
        targetUtilizationPercent: 60,
        scaleInCooldown: Duration.minutes(5),
        scaleOutCooldown: Duration.seconds(30),
      });
    this.balance(vpc, balancer, fargate).forEach((group, i) => {
      if (i === 0) this.watch(group, props.platform);
    });
  }

  /** Public subnets without inbound rules: they reach the platform without a NAT gateway's cost. */
  private makeNetwork(): ec2.Vpc {
    const vpc = new ec2.Vpc(this, 'Network', {
      ipAddresses: ec2.IpAddresses.cidr(NETWORK),
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'public', subnetType: ec2.SubnetType.PUBLIC }],
      restrictDefaultSecurityGroup: false,
    });
    vpc.addFlowLog('Rejected', { trafficType: ec2.FlowLogTrafficType.REJECT });
    return vpc;
  }

  /** In from the network to the balancer, and from the balancer to the tasks; nothing else. */
  private makeSecurityGroups(vpc: ec2.Vpc): [ec2.SecurityGroup, ec2.SecurityGroup] {
    const make = (id: string, allowAllOutbound: boolean) =>
      new ec2.SecurityGroup(this, id, { vpc, allowAllOutbound });
    const balancer = make('BalancerTraffic', false);
    const tasks = make('TaskTraffic', true);
    for (const port of [HTTP, GRPC]) {
      balancer.addIngressRule(ec2.Peer.ipv4(NETWORK), ec2.Port.tcp(port));
      balancer.addEgressRule(tasks, ec2.Port.tcp(port));
      tasks.addIngressRule(balancer, ec2.Port.tcp(port));
    }
    return [balancer, tasks];
  }

  private makeTask({ config, service, platform }: EdgeProps): ecs.FargateTaskDefinition {
    const isArm = config.architecture === 'arm64';
    const task = new ecs.FargateTaskDefinition(this, 'Task', {
      cpu: service.cpu,
      memoryLimitMiB: service.memoryMb,
      runtimePlatform: {
        cpuArchitecture: isArm ? ecs.CpuArchitecture.ARM64 : ecs.CpuArchitecture.X86_64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
      volumes: [{ name: 'state' }],
    });
    const token = secretsmanager.Secret.fromSecretNameV2(this, 'Token', service.tokenSecret);
    const container = task.addContainer('Edge', {
      image: ecs.ContainerImage.fromAsset(join(import.meta.dirname, '../edge'), {
        buildArgs: { ARCHITECTURE: config.architecture },
        platform: isArm ? Platform.LINUX_ARM64 : Platform.LINUX_AMD64,
      }),
      environment: {
        SKIFF_URL: platform.api.apiEndpoint,
        SKIFF_EDGE_ENDPOINT: service.endpoint,
        SKIFF_EDGE_KEYS: service.publicKey,
        SKIFF_EDGE_SEND: service.send,
        SKIFF_EDGE_MEMORY_MB: String(Math.floor(MODELS_SHARE * service.memoryMb)),
      },
      secrets: { SKIFF_TOKEN: ecs.Secret.fromSecretsManager(token) },
      portMappings: [{ containerPort: HTTP }, { containerPort: GRPC }],
      readonlyRootFilesystem: true,
      stopTimeout: Duration.seconds(STOP_SECONDS),
      logging: ecs.LogDrivers.awsLogs({
        streamPrefix: 'edge',
        logGroup: new logs.LogGroup(this, 'Logs', {
          retention: config.logRetentionDays as logs.RetentionDays,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      }),
    });
    container.addMountPoints({ sourceVolume: 'state', containerPath: FOLDER, readOnly: false });
    explainTask(task);
    return task;
  }

  /** By connections, because a load balancer of requests carries gRPC over TLS only. */
  private balance(vpc: ec2.Vpc, group: ec2.SecurityGroup, service: ecs.FargateService) {
    const balancer = new elb.NetworkLoadBalancer(this, 'Balancer', {
      vpc,
      internetFacing: false,
      crossZoneEnabled: true,
      securityGroups: [group],
    });
    Validations.of(balancer).acknowledge({
      id: 'AwsSolutions-ELB2',
      reason: 'A network load balancer logs TLS connections only, and it ends none.',
    });
    return [HTTP, GRPC].map((port) =>
      balancer.addListener(`Port${port}`, { port }).addTargets(`Port${port}`, {
        port,
        targets: [service.loadBalancerTarget({ containerName: 'Edge', containerPort: port })],
        deregistrationDelay: Duration.seconds(30),
        healthCheck: {
          protocol: elb.Protocol.HTTP,
          port: String(HTTP),
          path: '/v2/health/ready',
          interval: Duration.seconds(10),
        },
      }),
    );
  }

  private watch(targets: elb.NetworkTargetGroup, { alarms }: PlatformStack): void {
    const alarm = new cloudwatch.Alarm(this, 'NoHealthyServer', {
      alarmDescription: 'No edge server is ready. What to do: docs/runbooks/edge-not-ready.md',
      metric: targets.metrics.healthyHostCount({
        statistic: 'Minimum',
        period: Duration.minutes(1),
      }),
      threshold: 1,
      evaluationPeriods: 3,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(alarms));
    alarm.addOkAction(new SnsAction(alarms));
  }
}

function explainTask(task: ecs.FargateTaskDefinition): void {
  Validations.of(task).acknowledge({
    id: 'AwsSolutions-ECS2',
    reason: 'Names, addresses and a public key; the token is a secret.',
  });
  const role = task.obtainExecutionRole() as unknown as Construct;
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'The token for the registry of images has no narrower resource.',
  });
}
