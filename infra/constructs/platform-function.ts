import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { folderOf } from '../bundles.ts';
import type { Config } from '../config.ts';

export interface PlatformFunctionProps {
  readonly config: Config;
  /** Folder of all bundles. */
  readonly bundles: string;
  /** Handler below `functions/`, such as `registry/handlers/api.ts`. */
  readonly handler: string;
  readonly description: string;
  readonly memoryMb?: number;
  readonly timeout?: Duration;
  readonly environment?: Record<string, string>;
  readonly layers?: lambda.ILayerVersion[];
  /** The module beside the bundle whose handler is called; the bundle itself by default. */
  readonly module?: string;
}

/** Every function's defaults: runtime, logs, tracing and a role that may do nothing yet. */
export class PlatformFunction extends lambda.Function {
  /** Below `functions/`. */
  readonly source: string;
  /** Whether it has a layer to load native code from. */
  readonly native: boolean;

  constructor(scope: Construct, id: string, props: PlatformFunctionProps) {
    const { config } = props;
    const logGroup = new logs.LogGroup(scope, `${id}Logs`, {
      retention: config.logRetentionDays as logs.RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new iam.Role(scope, `${id}Role`, {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    logGroup.grantWrite(role);
    super(scope, id, {
      code: lambda.Code.fromAsset(folderOf(props.bundles, props.handler)),
      handler: `${props.module ?? 'index'}.handler`,
      description: props.description,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture:
        config.architecture === 'arm64' ? lambda.Architecture.ARM_64 : lambda.Architecture.X86_64,
      memorySize: props.memoryMb ?? 512,
      timeout: props.timeout ?? Duration.seconds(29),
      role,
      logGroup,
      tracing: lambda.Tracing.ACTIVE,
      environment: { ORT_DISABLE_TELEMETRY: '1', ...props.environment },
      ...(props.layers && { layers: props.layers }),
    });
    this.source = props.handler;
    this.native = props.layers !== undefined;
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray takes trace segments for no narrower resource.',
    });
  }
}
