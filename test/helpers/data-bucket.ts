import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { stack } from './stack.ts';

/** The deployed data bucket, as a user with the AWS command line has it. */
export function dataBucket() {
  const { awsEndpointUrl, region, buckets } = stack();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const s3 = new S3Client({ endpoint: awsEndpointUrl, region, credentials, forcePathStyle: true });
  const Bucket = buckets.data;
  return {
    put: (Key: string, Body: string | Uint8Array) =>
      s3.send(new PutObjectCommand({ Bucket, Key, Body })),
    read: async (Key: string) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return Buffer.from((await Body?.transformToByteArray()) as Uint8Array);
    },
    keys: async (Prefix: string) => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
      return Contents.map(({ Key = '' }) => Key.slice(Prefix.length)).sort();
    },
  };
}
