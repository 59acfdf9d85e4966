import { createHash } from 'node:crypto';
import { AppError } from '#core/errors.ts';

/** What a device asks of the platform. */
export interface Offer {
  readonly endpoint: string;
  readonly revision: number;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly url: string;
}

export interface UploadOutcome {
  readonly id: string;
  readonly result: 'stored' | 'duplicate' | 'refused' | 'failed';
  readonly reason?: string;
}

export interface CloudOptions {
  readonly url: string;
  readonly token: string;
  readonly endpoint: string;
  readonly device: string;
}

const TIMEOUT_MS = 30_000;
const DOWNLOAD_MS = 600_000;

/** The platform's API, as far as devices use it. */
export class Cloud {
  readonly #base: string;
  readonly #token: string;

  constructor({ url, token, endpoint, device }: CloudOptions) {
    const [e, d] = [endpoint, device].map(encodeURIComponent);
    this.#base = `${url.replace(/\/$/, '')}/api/v1/endpoints/${e}/devices/${d}`;
    this.#token = token;
  }

  /** Undefined where there is none for this device. */
  async offer(): Promise<Offer | undefined> {
    const response = await this.#fetch('bundle', {});
    if (response.status === 404) return undefined;
    return (await json(response)) as Offer;
  }

  /** @param items in JSON; kept once, however often they are sent */
  async upload(items: readonly string[]): Promise<UploadOutcome[]> {
    const response = await this.#fetch('uploads', {
      method: 'POST',
      body: `{"items":[${items.join(',')}]}`,
      headers: { 'content-type': 'application/json' },
    });
    return ((await json(response)) as { items: UploadOutcome[] }).items;
  }

  #fetch(path: string, init: RequestInit): Promise<Response> {
    return fetch(`${this.#base}/${path}`, {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${this.#token}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  }
}

/** An answer that says no. */
export class CloudError extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(`the platform answered ${status}: ${text.slice(0, 300)}`);
    this.status = status;
  }
}

async function json(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!response.ok) throw new CloudError(response.status, text);
  return JSON.parse(text);
}

/** An archive that is as long, and has the digest, that was said. */
export async function download({ url, sizeBytes, sha256 }: Offer): Promise<Buffer> {
  const bytes = Buffer.alloc(sizeBytes);
  let filled = 0;
  for await (const chunk of chunksOf(url, sizeBytes)) {
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (filled === sizeBytes && digest === sha256) return bytes;
  throw new AppError('unprocessable', 'the download is not the archive that was offered');
}

/** An archive of which nothing is known yet. */
export async function fetchArchive(url: string, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of chunksOf(url, maxBytes)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** @throws CloudError where it is not there, AppError where it has more bytes */
async function* chunksOf(url: string, maxBytes: number): AsyncGenerator<Uint8Array> {
  const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_MS) });
  if (!response.ok || !response.body) throw new CloudError(response.status, 'no bundle');
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new AppError('unprocessable', 'it is too long');
    yield chunk;
  }
}
