import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiError, type Client, createClient, NetworkError, uploadFile } from '#client';

type Answer = { status: number; body?: unknown; headers?: Record<string, string> } | 'hang up';
interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let answers: Answer[] = [];
let seen: Seen[] = [];
let url = '';
let skiff: Client;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = Buffer.concat(await request.toArray()).toString('utf8');
  const { method = '', url: path = '', headers } = request;
  seen.push({ method, url: path, headers, body });
  const next = answers.shift() ?? { status: 500 };
  if (next === 'hang up') return void request.socket.destroy();
  const type = next.status < 400 ? 'application/json' : 'application/problem+json';
  response.writeHead(next.status, { 'content-type': type, ...next.headers });
  response.end(next.body === undefined ? '' : JSON.stringify(next.body));
}

const server = createServer((request, response) => void answer(request, response));
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  skiff = createClient({ url: `${url}/`, token: 'skiff_x', backoffMs: 1 });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  answers = [];
  seen = [];
});

const busy = { status: 503, body: { detail: 'try again' } };
const ok = { status: 200, body: { items: [] } };

describe('a call', () => {
  it('fills the path, the query and the headers', async () => {
    answers = [{ status: 200, body: { name: 'a b' } }, ok];
    const params = { model: 'a b/ü' };
    const body = { description: 'x' };
    await skiff.call('PATCH /api/v1/models/{model}', { params, body, ifMatch: 3 });
    await skiff.call('GET /api/v1/models', {
      query: { limit: 2, tag: 'team:a&b', owner: undefined },
    });
    expect(seen.map(({ method, url: path }) => `${method} ${path}`)).toEqual([
      'PATCH /api/v1/models/a%20b%2F%C3%BC',
      'GET /api/v1/models?limit=2&tag=team%3Aa%26b',
    ]);
    expect(seen[0]).toMatchObject({
      body: '{"description":"x"}',
      headers: { authorization: 'Bearer skiff_x', 'if-match': '"3"' },
    });
    expect(seen[0]?.headers['idempotency-key']).toBeUndefined();
  });

  it('throws what a problem says', async () => {
    const errors = [{ field: 'task', message: 'is missing' }];
    const headers = { 'x-request-id': 'r1' };
    answers = [
      { status: 400, headers, body: { type: 'urn:x', detail: 'task: is missing', errors } },
    ];
    const call = skiff.call('POST /api/v1/models', { body: { name: 'x', task: 'binary' } });
    const error = await call.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      status: 400,
      type: 'urn:x',
      detail: 'task: is missing',
      fields: errors,
      requestId: 'r1',
      message: 'POST /api/v1/models: 400 task: is missing',
    });
  });

  it('refuses to leave a part of the path out', async () => {
    const params = { model: '' };
    await expect(skiff.call('GET /api/v1/models/{model}', { params })).rejects.toThrow('model');
    expect(seen).toEqual([]);
  });
});

describe('trying again', () => {
  it('goes on after 429, 503 and lost connections, with one idempotency key', async () => {
    answers = [busy, { status: 429, body: {} }, 'hang up', { status: 201, body: { version: 1 } }];
    const made = await skiff.call('POST /api/v1/models/{model}/versions', {
      params: { model: 'm' },
      body: { artifact: { base64: 'AA==' } },
    });
    expect(made).toEqual({ version: 1 });
    expect(new Set(seen.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(seen).toHaveLength(4);
  });

  it('does not repeat what may have been done and must not be done twice', async () => {
    const params = { model: 'm', version: 1 };
    const body = { decision: 'approve', reason: 'x' } as const;
    const decide = () =>
      skiff.call('POST /api/v1/models/{model}/versions/{version}/approvals', { params, body });
    answers = ['hang up', busy, { status: 201, body: {} }];
    await expect(decide()).rejects.toBeInstanceOf(NetworkError);
    expect(seen).toHaveLength(1);
    // 503 says that nothing was done.
    await decide();
    expect(seen).toHaveLength(3);
  });

  it('ends after the last attempt, and at once where it is refused', async () => {
    answers = Array.from({ length: 9 }, () => busy);
    await expect(skiff.call('GET /api/v1/models')).rejects.toMatchObject({ status: 503 });
    expect(seen).toHaveLength(5);
    answers = [{ status: 404, body: { detail: 'no' } }, ok];
    await expect(skiff.call('GET /api/v1/models')).rejects.toMatchObject({ status: 404 });
    expect(seen).toHaveLength(6);
  });

  it('stops when the caller does', async () => {
    answers = Array.from({ length: 9 }, () => busy);
    const patient = createClient({ url, backoffMs: 60_000 });
    const stop = new AbortController();
    const call = patient.call('GET /api/v1/models', { signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('says where nobody answers', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const nobody = createClient({ url: `http://127.0.0.1:${port}`, retries: 1, backoffMs: 1 });
    await expect(nobody.call('GET /api/v1/models')).rejects.toThrow(
      `http://127.0.0.1:${port} cannot be reached (ECONNREFUSED)`,
    );
  });
});

describe('pages', () => {
  it('are fetched as they are needed', async () => {
    answers = [
      { status: 200, body: { items: [{ name: 'a' }, { name: 'b' }], nextCursor: 'n' } },
      { status: 200, body: { items: [{ name: 'c' }] } },
    ];
    const names: string[] = [];
    for await (const { name } of skiff.pages('GET /api/v1/models', { query: { limit: 2 } })) {
      if (name === 'b') expect(seen).toHaveLength(1);
      names.push(name);
    }
    expect(names).toEqual(['a', 'b', 'c']);
    expect(seen[1]?.url).toBe('/api/v1/models?limit=2&cursor=n');
  });
});

describe('an upload', () => {
  const announced = () => ({
    status: 201,
    body: { uploadId: 'u', method: 'PUT', url: `${url}/put`, headers: { 'x-sum': 's' } },
  });
  const bytes = new Uint8Array(200_000).fill(65);

  it('is announced with its digest, sent with its length and told of on the way', async () => {
    answers = [announced(), { status: 200 }];
    const told: number[] = [];
    const done = await uploadFile(skiff, bytes, { onProgress: (sent) => told.push(sent) });
    expect(done).toMatchObject({ uploadId: 'u', sizeBytes: 200_000 });
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ sizeBytes: 200_000, sha256: done.sha256 });
    expect(seen[1]?.headers).toMatchObject({ 'content-length': '200000', 'x-sum': 's' });
    expect(seen[1]?.headers.authorization).toBeUndefined();
    expect(seen[1]?.body).toHaveLength(200_000);
    expect(told.at(-1)).toBe(200_000);
    expect([...told].sort((a, b) => a - b)).toEqual(told);
  });

  it('is sent again where it broke off, and not where it was refused', async () => {
    answers = [announced(), 'hang up', { status: 500 }, { status: 200 }];
    await uploadFile(skiff, bytes);
    expect(seen).toHaveLength(4);
    answers = [announced(), { status: 403, body: 'expired' }, { status: 200 }];
    await expect(uploadFile(skiff, bytes)).rejects.toThrow('refused the upload: 403');
    expect(seen).toHaveLength(6);
  });
});
