import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';

interface Named {
  Bucket?: string | undefined;
  Key?: string | undefined;
}

const refuse = (status: number): never => {
  const options = { name: `${status}`, $fault: 'client', $metadata: { httpStatusCode: status } };
  throw new S3ServiceException(options as ConstructorParameters<typeof S3ServiceException>[0]);
};
const etagOf = (bytes: Uint8Array) => `"${createHash('md5').update(bytes).digest('hex')}"`;

/**
 * Puts a store in memory in the place of S3, for the operations that the registry uses. Answers its
 * objects by `bucket/key`, the sizes of what was read and written in one call, and the mock.
 */
export function fakeS3() {
  const mock = mockClient(S3Client);
  const objects = new Map<string, Uint8Array>();
  const uploads = new Map<string, Map<number, Uint8Array>>();
  const calls = { read: [] as number[], written: [] as number[] };
  /** What a test may put in the way. */
  const quiet = {
    afterRead: () => {},
    beforePart: (_: number) => {},
    beforePut: () => {},
    beforeCopy: () => {},
    beforeRemoval: () => {},
  };
  const hooks = { ...quiet };
  const at = ({ Bucket, Key }: Named) => `${Bucket}/${Key}`;
  const find = (ref: Named): Uint8Array => objects.get(at(ref)) ?? refuse(404);

  mock.on(HeadObjectCommand).callsFake(async (input) => ({ ContentLength: find(input).length }));
  mock.on(GetObjectCommand).callsFake(async (input) => {
    const bytes = find(input);
    if (input.IfMatch && input.IfMatch !== etagOf(bytes)) refuse(412);
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(input.Range ?? '') ?? [];
    const part = start ? bytes.subarray(Number(start), Number(end) + 1) : bytes;
    calls.read.push(part.length);
    const Body = Readable.from([Buffer.from(part)]);
    hooks.afterRead();
    return { Body, ContentLength: part.length, ETag: etagOf(bytes) };
  });
  const refuseExisting = (input: Named & { IfNoneMatch?: string }) => {
    if (input.IfNoneMatch === '*' && objects.has(at(input))) refuse(412);
  };
  mock.on(PutObjectCommand).callsFake(async (input) => {
    hooks.beforePut();
    refuseExisting(input);
    calls.written.push(input.Body.length);
    objects.set(at(input), Uint8Array.from(input.Body));
    return { ETag: etagOf(input.Body), VersionId: 'v1' };
  });
  mock.on(CreateMultipartUploadCommand).callsFake(async () => {
    const UploadId = `${uploads.size}`;
    uploads.set(UploadId, new Map());
    return { UploadId };
  });
  mock.on(UploadPartCommand).callsFake(async (input) => {
    hooks.beforePart(input.PartNumber);
    calls.written.push(input.Body.length);
    uploads.get(input.UploadId)?.set(input.PartNumber, Uint8Array.from(input.Body));
    return { ETag: etagOf(input.Body) };
  });
  mock.on(CompleteMultipartUploadCommand).callsFake(async (input) => {
    refuseExisting(input);
    const parts = [...(uploads.get(input.UploadId) ?? [])].sort(([a], [b]) => a - b);
    const bytes = new Uint8Array(Buffer.concat(parts.map(([, part]) => part)));
    objects.set(at(input), bytes);
    return { VersionId: 'v1', ETag: etagOf(bytes) };
  });
  mock.on(AbortMultipartUploadCommand).callsFake(async (input) => {
    uploads.delete(input.UploadId);
    return {};
  });
  mock.on(CopyObjectCommand).callsFake(async (input) => {
    hooks.beforeCopy();
    const [Bucket, ...key] = input.CopySource.split('/').map(decodeURIComponent);
    const bytes = find({ Bucket, Key: key.join('/') });
    if (input.CopySourceIfMatch && input.CopySourceIfMatch !== etagOf(bytes)) refuse(412);
    objects.set(at(input), bytes);
    return {};
  });
  mock.on(ListObjectsV2Command).callsFake(async ({ Bucket, Prefix }) => {
    const keys = [...objects.keys()].filter((key) => key.startsWith(`${Bucket}/${Prefix}`)).sort();
    const Contents = keys.map((key) => {
      const bytes = objects.get(key) as Uint8Array;
      return { Key: key.slice(Bucket.length + 1), Size: bytes.length, ETag: etagOf(bytes) };
    });
    return { Contents };
  });
  mock.on(DeleteObjectCommand).callsFake(async (input) => {
    hooks.beforeRemoval();
    objects.delete(at(input));
    return {};
  });
  const reset = () => {
    mock.resetHistory();
    objects.clear();
    uploads.clear();
    calls.read.length = 0;
    calls.written.length = 0;
    Object.assign(hooks, quiet);
  };
  return { mock, objects, calls, hooks, reset };
}
