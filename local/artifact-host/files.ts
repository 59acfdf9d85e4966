import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type {
  EdgeHeaders,
  EdgeRequest,
  EdgeResponse,
} from '../../functions/tracking/artifact-host.ts';
import { REGION } from '../settings.ts';

/** What S3 has answered. */
export interface Found extends EdgeResponse {
  readonly body?: Readable | string | undefined;
}

/** The emulator copies a body again and again as it grows: S3 takes no smaller parts. */
const PART_BYTES = 5 * 2 ** 20;
const PARTS_AT_ONCE = 2;

/** Sends a request that was let through to S3: its body, if it has one, as it flows. */
export function filesOf(endpoint: string, bucket: string) {
  const s3 = new S3Client({
    ...{ endpoint, region: REGION, requestChecksumCalculation: 'WHEN_REQUIRED' },
    // Of parts of files there is none, and of whole ones the emulator makes its own.
    responseChecksumValidation: 'WHEN_REQUIRED',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  return async (request: EdgeRequest, incoming: IncomingMessage): Promise<Found> => {
    const Key = request.uri.slice(1).split('/').map(decodeURIComponent).join('/');
    const at = { Bucket: bucket, Key };
    try {
      if (request.method === 'PUT') return await put(s3, at, request, incoming);
      return await get(s3, at, request);
    } catch (error) {
      if (!(error instanceof S3ServiceException)) throw error;
      return { status: String(error.$metadata.httpStatusCode ?? 500), headers: {} };
    }
  };
}

interface At {
  readonly Bucket: string;
  readonly Key: string;
}

/** A body that breaks off leaves nothing: its parts are thrown away. */
async function put(s3: S3Client, at: At, { headers }: EdgeRequest, incoming: IncomingMessage) {
  const ContentType = headers['content-type']?.[0]?.value;
  const upload = new Upload({
    client: s3,
    params: { ...at, Body: incoming, ...(ContentType && { ContentType }) },
    ...{ partSize: PART_BYTES, queueSize: PARTS_AT_ONCE },
  });
  await upload.done();
  return { status: '200', headers: {} };
}

async function get(s3: S3Client, at: At, { method, headers }: EdgeRequest): Promise<Found> {
  const of = (name: string) => headers[name]?.[0]?.value;
  const wanted = {
    ...{ ...at, Range: of('range'), IfMatch: of('if-match'), IfNoneMatch: of('if-none-match') },
  };
  const found: GetObjectCommandOutput =
    method === 'HEAD'
      ? await s3.send(new HeadObjectCommand(wanted))
      : await s3.send(new GetObjectCommand(wanted));
  return {
    status: String(found.$metadata.httpStatusCode),
    headers: told({
      'content-length': found.ContentLength,
      'content-range': found.ContentRange,
      'accept-ranges': found.AcceptRanges,
      'last-modified': found.LastModified?.toUTCString(),
      etag: found.ETag,
    }),
    body: found.Body as Readable | undefined,
  };
}

const told = (headers: Record<string, string | number | undefined>): EdgeHeaders =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, [{ value: String(value) }]]),
  );
