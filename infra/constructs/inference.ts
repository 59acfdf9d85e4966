import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import type { PlatformStack } from '../platform-stack.ts';
import { grantItems, grantKey, grantObjects } from './grants.ts';

const { ANY, GET, POST } = apigateway.HttpMethod;

/** The prediction path: one function that loads models as they are asked for. */
export function addInference(platform: PlatformStack): void {
  const { config, data } = platform.props;
  const infer = platform.addFunction('Infer', {
    handler: 'inference/realtime/handlers/infer.ts',
    description: 'Predictions',
    memoryMb: config.inferenceMemoryMb,
    layers: [platform.onnxRuntime],
    environment: {
      TABLE_NAME: data.table.tableName,
      ARTIFACTS_BUCKET: data.artifacts.bucketName,
      DATA_BUCKET: data.data.bucketName,
      SKIFF_CAPTURE_FLUSH_MS: String(config.captureFlushSeconds * 1000),
    },
  });
  grantItems(infer, data, ['GetItem'], ['ENDPOINT#*']);
  grantObjects(infer, data.artifacts.bucketArn, ['GetObject'], 'artifacts/');
  // What it leaves of its requests: captures and traffic summaries.
  grantItems(infer, data, ['PutItem'], ['TRAFFIC#*']);
  grantObjects(infer, data.data.bucketArn, ['PutObject'], 'captures/');
  grantKey(infer, data, 'write');
  platform.addRoutes(infer, ANY, ['/v2', '/v2/{proxy+}']);
  platform.addRoutes(infer, POST, ['/api/v1/endpoints/{endpoint}/predictions']);
  platform.addRoutes(infer, GET, ['/v2/health/live', '/v2/health/ready'], 'open');
}
