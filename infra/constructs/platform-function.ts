import { join, parse } from 'node:path';
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { type ICommandHooks, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Config } from '../config.ts';

const ROOT = join(import.meta.dirname, '../..');

export interface PlatformFunctionProps {
  readonly config: Config;
  /** Handler below `functions/`, such as `registry/handlers/api.ts`. */
  readonly handler: string;
  readonly description: string;
  readonly memoryMb?: number;
  readonly timeout?: Duration;
  readonly environment?: Record<string, string>;
  readonly layers?: lambda.ILayerVersion[];
  /** A module below `functions/` that loads the bundle and hands on its handler. */
  readonly preload?: string;
}

/** Every function's defaults: runtime, logs, tracing, bundling and a role that may do nothing yet. */
export class PlatformFunction extends NodejsFunction {
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
      entry: join(ROOT, 'functions', props.handler),
      handler: props.preload ? `${parse(props.preload).name}.handler` : 'handler',
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
      awsSdkConnectionReuse: false,
      depsLockFilePath: join(ROOT, 'package-lock.json'),
      projectRoot: ROOT,
      bundling: props.preload ? { ...BUNDLING, commandHooks: copying(props.preload) } : BUNDLING,
    });
    this.source = props.handler;
    this.native = props.layers !== undefined;
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray takes trace segments for no narrower resource.',
    });
  }
}

/** Puts a module beside the bundle. */
const copying = (module: string): ICommandHooks => ({
  beforeBundling: () => [],
  beforeInstall: () => [],
  afterBundling: (input, output) => [`cp "${input}/functions/${module}" "${output}"`],
});

/** CommonJS loads faster than ES modules around the SDK, and finds the native layer by NODE_PATH. */
export const BUNDLING = {
  format: OutputFormat.CJS,
  mainFields: ['module', 'main'],
  minify: true,
  target: 'node24',
  externalModules: ['onnxruntime-node'],
};
