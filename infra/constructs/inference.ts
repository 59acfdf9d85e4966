import { parse } from 'node:path';
import { Arn, ArnFormat } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { buildSageMakerLayer } from '../../layers/sagemaker-runtime/build.ts';
import { PRELOAD } from '../bundles.ts';
import { type Dedicated, list } from '../config.ts';
import type { PlatformStack } from '../platform-stack.ts';
import { grantItems, grantKey, grantObjects } from './grants.ts';
import type { PlatformFunction } from './platform-function.ts';

const { ANY, GET, POST } = apigateway.HttpMethod;

/** The prediction path: one function that loads models as they are asked for, and dedicated ones. */
export function addInference(platform: PlatformStack): void {
  const { config } = platform.props;
  const layers = [platform.onnxRuntime, ...sageMakerLayer(platform)];
  const infer = addServing(platform, {
    id: 'Infer',
    description: 'Predictions',
    memoryMb: config.inferenceMemoryMb,
    layers,
    endpoints: '*',
  });
  platform.addRoutes(infer, ANY, ['/v2', '/v2/{proxy+}', '/endpoints/{endpoint}/{proxy+}']);
  platform.addRoutes(infer, POST, ['/api/v1/endpoints/{endpoint}/predictions']);
  platform.addRoutes(infer, GET, ['/v2/health/live', '/v2/health/ready'], 'open');
  for (const dedicated of config.dedicated) addDedicated(platform, dedicated, layers);
}

/** A function for one endpoint, behind the same addresses: API Gateway prefers the closer route. */
function addDedicated(
  platform: PlatformStack,
  { endpoint, memoryMb, provisionedConcurrency }: Dedicated,
  layers: lambda.ILayerVersion[],
): void {
  const infer = addServing(platform, {
    id: `Infer${pascal(endpoint)}`,
    description: `Predictions of ${endpoint}`,
    memoryMb,
    layers,
    endpoints: endpoint,
    preload: endpoint,
  });
  const target = provisionedConcurrency
    ? infer.addAlias('live', { provisionedConcurrentExecutions: provisionedConcurrency })
    : infer;
  const model = `/v2/models/${endpoint}`;
  const scoring = `/endpoints/${endpoint}/{proxy+}`;
  platform.addRoutes(infer, ANY, [model, `${model}/{proxy+}`, scoring], { target });
  platform.addRoutes(infer, POST, [`/api/v1/endpoints/${endpoint}/predictions`], { target });
}

const pascal = (name: string): string =>
  name.replace(/(?:^|[._-]+)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

interface Serving {
  readonly id: string;
  readonly description: string;
  readonly memoryMb: number;
  readonly layers: lambda.ILayerVersion[];
  /** Whose records it may read: all, or those of one. */
  readonly endpoints: string;
  /** The endpoint whose models are loaded before the first request. */
  readonly preload?: string;
}

function addServing(platform: PlatformStack, serving: Serving): PlatformFunction {
  const { data, config } = platform.props;
  const { id, endpoints, preload, ...props } = serving;
  const infer = platform.addFunction(id, {
    handler: 'inference/realtime/handlers/infer.ts',
    ...props,
    ...(preload && { module: parse(PRELOAD).name }),
    environment: {
      TABLE_NAME: data.table.tableName,
      ARTIFACTS_BUCKET: data.artifacts.bucketName,
      DATA_BUCKET: data.data.bucketName,
      SKIFF_CAPTURE_FLUSH_MS: String(config.captureFlushSeconds * 1000),
      ...(preload && { SKIFF_PRELOAD: preload }),
    },
  });
  grantItems(infer, data, ['GetItem'], [`ENDPOINT#${endpoints}`]);
  grantObjects(infer, data.artifacts.bucketArn, ['GetObject'], 'artifacts/');
  // What it leaves of its requests: captures and traffic summaries.
  grantItems(infer, data, ['PutItem'], [`TRAFFIC#${endpoints}`]);
  grantObjects(
    infer,
    data.data.bucketArn,
    ['PutObject'],
    `captures/${endpoints === '*' ? '' : `${endpoints}/`}`,
  );
  grantKey(infer, data, 'write');
  grantSageMaker(infer, list(config.sagemakerEndpoints));
  return infer;
}

/** Only where an endpoint may be called at all. */
function sageMakerLayer(platform: PlatformStack): lambda.LayerVersion[] {
  if (list(platform.props.config.sagemakerEndpoints).length === 0) return [];
  const layer = new lambda.LayerVersion(platform, 'SageMakerRuntime', {
    description: 'The client of the SageMaker runtime, for variants that run there',
    code: lambda.Code.fromAsset(buildSageMakerLayer()),
    compatibleRuntimes: [lambda.Runtime.NODEJS_24_X],
  });
  return [layer];
}

function grantSageMaker(infer: PlatformFunction, names: readonly string[]): void {
  if (names.length === 0) return;
  const arnOf = (name: string) =>
    Arn.format(
      {
        service: 'sagemaker',
        resource: 'endpoint',
        // SageMaker writes addresses in lower case, whatever the name.
        resourceName: name.toLowerCase(),
        arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      },
      infer.stack,
    );
  infer.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['sagemaker:InvokeEndpoint'],
      resources: names.map(arnOf),
    }),
  );
}
