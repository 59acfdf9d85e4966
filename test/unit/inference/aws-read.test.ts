import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { getItem, getObject } from '#shared/aws-read.ts';
import { PLAIN_ENDPOINT } from '../../../functions/inference/plain-endpoint.ts';
import { fetchArtifact, fetchEndpoint } from '../../../functions/inference/store.ts';

type Reply = (request: IncomingMessage, response: ServerResponse) => void;

/** Answers of the server, one per request; the last one stays. */
let replies: Reply[] = [];
let requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
let server: Server;
const environment = { ...process.env };

const status =
  (code: number, body = ''): Reply =>
  (_, response) =>
    void response.writeHead(code, { 'content-length': body.length }).end(body);
const hangUp: Reply = (request) => request.socket.destroy();

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      requests.push({ method, url, headers, body });
      const reply = replies.length > 1 ? replies.shift() : replies[0];
      reply?.(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: 'eu-central-1',
  });
});

beforeEach(() => {
  requests = [];
});

afterAll(() => {
  process.env = environment;
  server.closeAllConnections();
  server.close();
});

describe('reading an item', () => {
  it('asks for it with a signature and gives it as it is stored', async () => {
    replies = [status(200, '{"Item":{"pk":{"S":"x"}}}')];
    expect(await getItem('table', { pk: { S: 'x' } })).toEqual({ pk: { S: 'x' } });
    const [request] = requests;
    expect(request?.headers).toMatchObject({
      'x-amz-target': 'DynamoDB_20120810.GetItem',
      authorization: expect.stringContaining('/eu-central-1/dynamodb/aws4_request'),
    });
    expect(JSON.parse(request?.body ?? '')).toEqual({
      TableName: 'table',
      Key: { pk: { S: 'x' } },
    });
  });

  it('is nothing where nothing is stored', async () => {
    replies = [status(200, '{}')];
    expect(await getItem('table', {})).toBeUndefined();
  });

  it.each([
    ['the connection breaks', hangUp],
    ['the service fails', status(500, 'oops')],
    ['the service is busy', status(400, '{"__type":"ProvisionedThroughputExceededException"}')],
  ])('tries again where %s', async (_, failure) => {
    replies = [failure, failure, status(200, '{"Item":{}}')];
    expect(await getItem('table', {})).toEqual({});
    expect(requests).toHaveLength(3);
  });

  it('gives up after three attempts, as a state that passes', async () => {
    replies = [status(503)];
    await expect(getItem('table', {})).rejects.toMatchObject({ code: 'unavailable' });
    expect(requests).toHaveLength(3);
  });

  it('does not repeat what was refused', async () => {
    replies = [status(400, '{"__type":"AccessDeniedException"}')];
    await expect(getItem('table', {})).rejects.toThrow(
      'dynamodb answered 400: {"__type":"AccessDenied',
    );
    expect(requests).toHaveLength(1);
  });
});

describe('reading an object', () => {
  it('gives its bytes', async () => {
    replies = [status(200, 'hello')];
    expect((await getObject('bucket', 'a/b', 5)).toString()).toBe('hello');
    expect(requests[0]).toMatchObject({ method: 'GET', url: '/bucket/a/b' });
  });

  it.each([
    ['longer', 'hello!', 'the answer has 6 bytes'],
    ['shorter', 'hell', 'has 4 bytes, not 5'],
  ])('refuses one that is %s than announced', async (_, body, message) => {
    replies = [status(200, body)];
    await expect(getObject('bucket', 'key', 5)).rejects.toThrow(message);
  });

  it('reads again what was cut short', async () => {
    const cut: Reply = (request, response) => {
      response.writeHead(200, { 'content-length': 5 });
      response.write('he', () => request.socket.destroy());
    };
    replies = [cut, status(200, 'hello')];
    expect((await getObject('bucket', 'key', 5)).toString()).toBe('hello');
  });

  it('does not read an endless one to its end', async () => {
    replies = [
      (_, response) => {
        response.writeHead(200);
        response.write('x'.repeat(10));
      },
    ];
    await expect(getObject('bucket', 'key', 5)).rejects.toThrow('too long');
  });
});

describe('the records of the prediction path', () => {
  const serving = {
    M: {
      name: { S: 'e' },
      revision: { N: '3' },
      variants: {
        L: [{ M: { weight: { N: '100' }, nullable: { BOOL: true }, none: { NULL: true } } }],
      },
    },
  };

  it('come out of the item’s attribute as plain values', async () => {
    replies = [status(200, JSON.stringify({ Item: { serving } }))];
    expect(await fetchEndpoint('table', 'e')).toEqual({
      ...PLAIN_ENDPOINT,
      name: 'e',
      revision: 3,
      variants: [{ weight: 100, nullable: true, none: null }],
    });
    expect(JSON.parse(requests[0]?.body ?? '').Key).toEqual({
      pk: { S: 'ENDPOINT#e' },
      sk: { S: 'CURRENT' },
    });
  });

  it('are not there once deleted, or where none was written', async () => {
    replies = [status(200, JSON.stringify({ Item: { serving, deleted: { BOOL: true } } }))];
    expect(await fetchEndpoint('table', 'e')).toBeUndefined();
    replies = [status(200, '{}')];
    expect(await fetchEndpoint('table', 'e')).toBeUndefined();
  });

  it('name artifacts by content', async () => {
    replies = [status(200, 'abc')];
    await fetchArtifact('bucket', { sha256: 'ff', sizeBytes: 3 });
    expect(requests[0]?.url).toBe('/bucket/artifacts/sha256/ff');
  });
});
