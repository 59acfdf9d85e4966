import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.ts';
import { NetworkError } from './errors.ts';

/** A file's path, or its bytes. */
export type FileSource = string | Uint8Array;

export interface UploadOptions {
  /** Bytes that have gone out, of how many. */
  readonly onProgress?: (sent: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
  /** Further attempts of the transfer: 3, unless said otherwise. */
  readonly retries?: number;
}

/** Announces a file, PUTs it past the API, and answers the id to register it with. */
export async function uploadFile(
  client: Client,
  source: FileSource,
  options: UploadOptions = {},
): Promise<{ uploadId: string; sha256: string; sizeBytes: number }> {
  const about = await measure(source);
  const { uploadId, url, headers } = await client.call('POST /api/v1/uploads', { body: about });
  const { retries = 3, signal } = options;
  for (let attempt = 0; ; attempt++) {
    try {
      await put({ url, headers, source, sizeBytes: about.sizeBytes }, options);
      return { uploadId, ...about };
    } catch (error) {
      signal?.throwIfAborted();
      if (attempt >= retries || !(error instanceof NetworkError)) throw error;
      await sleep(Math.random() * 500 * 2 ** attempt, undefined, { signal });
    }
  }
}

const open = (source: FileSource): Readable =>
  typeof source === 'string' ? createReadStream(source) : Readable.from(slices(source));

const SLICE = 64 * 1024;
function* slices(bytes: Uint8Array) {
  for (let at = 0; at < bytes.length; at += SLICE) yield bytes.subarray(at, at + SLICE);
}

async function measure(source: FileSource) {
  const hash = createHash('sha256');
  await pipeline(open(source), hash);
  const sizeBytes = typeof source === 'string' ? (await stat(source)).size : source.length;
  return { sizeBytes, sha256: hash.digest('hex') };
}

interface Transfer {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly source: FileSource;
  readonly sizeBytes: number;
}

/** Not by `fetch`, which sends streams in chunks of unknown length: S3 refuses those. */
async function put(transfer: Transfer, { onProgress, signal }: UploadOptions): Promise<void> {
  const { url, headers, source, sizeBytes } = transfer;
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  const sending = request(url, {
    method: 'PUT',
    headers: { ...headers, 'content-length': sizeBytes },
    ...(signal && { signal }),
  });
  const answered = new Promise<{ status: number; text: string }>((resolve, reject) => {
    sending.on('error', reject);
    sending.on('response', async (response) => {
      const chunks = await response.toArray().catch(() => []);
      resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
    });
  });
  let sent = 0;
  async function* counted(chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      yield chunk;
      sent += chunk.length;
      onProgress?.(sent, sizeBytes);
    }
  }
  const failed = (error: unknown) => new NetworkError(`the upload broke off`, { cause: error });
  // A refusal may come before the last byte has gone out: the answer tells more than the pipe.
  const piped = pipeline(open(source), counted, sending).catch(() => undefined);
  const { status, text } = await answered.catch((error: unknown) => {
    throw failed(error);
  });
  await piped;
  if (status >= 500) throw failed(text);
  if (status >= 300) throw new Error(`the storage refused the upload: ${status} ${text}`);
}
