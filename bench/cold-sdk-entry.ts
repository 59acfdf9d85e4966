import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { AttributeValue } from '#shared/aws-read.ts';
import { keys } from '#shared/keys.ts';
import { warmUp } from '#shared/onnx.ts';
import type { ServingEndpoint } from '#slices/deployments';
import { lambdaHost } from '../functions/inference/realtime/lambda-host.ts';
import { createService } from '../functions/inference/service.ts';
import type { Artifact } from '../functions/inference/sessions.ts';
import { unmarshal } from '../functions/inference/store.ts';

/*
 * The handler as it would be with the SDK's clients, for the bench alone: what the reader of
 * functions/_shared/aws-read.ts saves.
 */
const documents = new DynamoDBClient({});
const objects = new S3Client({ forcePathStyle: true });

async function fetchEndpoint(name: string): Promise<ServingEndpoint | undefined> {
  const { pk, sk } = keys.endpoint(name);
  const Key = { pk: { S: pk }, sk: { S: sk } };
  const { Item } = await documents.send(
    new GetItemCommand({ TableName: process.env.TABLE_NAME, Key }),
  );
  const { serving } = unmarshal({ M: Item as Record<string, AttributeValue> }) as {
    serving?: ServingEndpoint;
  };
  return serving;
}

async function fetchArtifact({ sha256 }: Artifact): Promise<Uint8Array> {
  const Key = `artifacts/sha256/${sha256}`;
  const { Body } = await objects.send(
    new GetObjectCommand({ Bucket: process.env.ARTIFACTS_BUCKET, Key }),
  );
  return (await Body?.transformToByteArray()) as Uint8Array;
}

warmUp().catch(() => {});

export const handler = lambdaHost(
  createService({ fetchEndpoint, fetchArtifact, functionMegabytes: 1769, warn: console.warn }),
);
