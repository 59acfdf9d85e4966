import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import sample from '../../../events/tracking/admit-artifact.json' with { type: 'json' };
import {
  admit,
  type EdgeHeaders,
  edgeHandler,
  tidy,
} from '../../../functions/tracking/artifact-host.ts';
import { handler } from '../../../functions/tracking/handlers/admit-artifact.ts';

const ARTIFACTS = '/api/2.0/mlflow-artifacts/artifacts';
const OBJECTS = '/api/2.0/mlflow-artifacts/objects';
const TOKEN: EdgeHeaders = { authorization: [{ value: 'Bearer t' }] };
const LENGTH: EdgeHeaders = { 'content-length': [{ value: '3' }] };

/** An API that knows one place, and what it was asked. */
function apiThat(answer: { status: number; text: string } | Error) {
  const asked: string[][] = [];
  const ask = async (...request: [string, string, string]) => {
    asked.push(request);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { ask, asked };
}
const placedAt = (key: unknown) => apiThat({ status: 200, text: JSON.stringify({ key }) });

const send = (
  { ask }: Pick<ReturnType<typeof apiThat>, 'ask'>,
  method: string,
  uri: string,
  headers: EdgeHeaders = {},
) => admit({ method, uri, querystring: 'acl', headers: { ...TOKEN, ...headers } }, ask) as any;
const told = ({ status, body }: any) => [status, JSON.parse(body).error_code];

let noted: jest.SpiedFunction<typeof console.error>;
beforeEach(() => {
  noted = jest.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('a request for a file', () => {
  it.each([
    ['GET', {}, 'GET', '', 'default'],
    ['HEAD', {}, 'GET', '', 'default'],
    ['PUT', LENGTH, 'POST', '', 'default'],
    ['GET', {}, 'GET', '/team-a', 'team-a'],
    ['GET', {}, 'GET', '/api/id/$default', 'default'],
    ['GET', {}, 'GET', '/api/id/$default/team-a', 'team-a'],
  ])(
    '%s asks the API for its place with the token: %j',
    async (method, headers, asked, at, in_) => {
      const api = placedAt(`tracking/${in_}/1/a b`);
      const found = await send(api, method, `${at}${ARTIFACTS}/1/a%20b`, headers as EdgeHeaders);
      expect(api.asked).toEqual([[asked, `${at}${OBJECTS}/1/a%20b`, 'Bearer t']]);
      expect(found).toEqual({ method, uri: `/tracking/${in_}/1/a%20b`, querystring: '', headers });
    },
  );

  it('reaches S3 as its key is, whatever it is', async () => {
    const segment = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => !/^(\.|%2e)*$/i.test(text));
    await fc.assert(
      fc.asyncProperty(fc.array(segment, { minLength: 1, maxLength: 3 }), async (segments) => {
        const key = `tracking/default/${segments.join('/').replace(/\/+$/, '')}`;
        const written = segments.map(encodeURIComponent).join('/');
        const { uri } = await send(placedAt(key), 'GET', `${ARTIFACTS}/${written}`);
        expect(uri).toMatch(/^[A-Za-z0-9._~%/-]+$/);
        expect(uri.slice(1).split('/').map(decodeURIComponent).join('/')).toBe(key);
      }),
    );
  });

  it('is found where a gateway has decoded its path before the API did', async () => {
    const { uri } = await send(placedAt('tracking/default/a b'), 'GET', `${ARTIFACTS}/a%2520b`);
    expect(uri).toBe('/tracking/default/a%20b');
  });

  it.each([
    ...[`x${ARTIFACTS}/y`, `x${ARTIFACTS}/`, `x/${ARTIFACTS}//y`, `x${OBJECTS}${ARTIFACTS}/y`],
    ...[`x${ARTIFACTS.replace('api', '%61pi')}/y`, `x${ARTIFACTS.replace('api', '%2561pi')}/y`],
    ...[encodeURIComponent(`x${ARTIFACTS}/y`), `%zz/x${ARTIFACTS.replace('2.0', '2%2e0')}/y`],
    `x${ARTIFACTS.replace('/mlflow', '%2fmlflow')}/y`,
  ])('is not asked for where the host itself would answer with a file: %j', async (path) => {
    const api = placedAt('tracking/team-b/secret');
    for (const workspace of ['', '/team-a']) {
      const uri = `${workspace}${ARTIFACTS}/${path}`;
      for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
        const sent = [send(api, method, uri), send(api, method, uri, LENGTH)];
        for (const answer of await Promise.all(sent)) {
          expect(told(answer)).toEqual(['400', 'INVALID_PARAMETER_VALUE']);
        }
      }
    }
    expect(api.asked).toEqual([]);
  });

  it('never has the host ask itself', async () => {
    const part = fc.constantFrom(
      'x',
      '/',
      'api',
      '2.0',
      'mlflow-artifacts',
      'artifacts',
      ARTIFACTS,
    );
    const escaped = fc.constantFrom('%2F', '%61pi', '%252F', '%zz', '2%2E0');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(part, escaped)), async (parts) => {
        const api = placedAt(undefined);
        await send(api, 'GET', `/team-a${ARTIFACTS}/${parts.join('')}`);
        for (const [, path = ''] of api.asked) {
          // As CloudFront compares it with `/*/api/2.0/mlflow-artifacts/artifacts/*`.
          const normal = path.replaceAll('%61', 'a').replace(/%2e/gi, '.');
          expect(normal).not.toContain(`${ARTIFACTS}/`);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('takes no header to S3 that could ask for more than this file', async () => {
    const names = fc.constantFrom('x-amz-copy-source', 'x-amz-acl', 'cookie', 'x-http-method');
    const value = [{ value: 'x' }];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(names, fc.string())), async (given) => {
        const extra = Object.fromEntries(given.map((name) => [name.toLowerCase(), value]));
        const api = placedAt('tracking/default/x');
        const { headers } = await send(api, 'PUT', `${ARTIFACTS}/x`, { ...extra, ...LENGTH });
        expect(headers).not.toHaveProperty('authorization');
        const passed = Object.keys(headers).filter((name) => /^(x-|cookie)/.test(name));
        expect(passed).toEqual([]);
      }),
    );
    const kept = { range: value, 'if-none-match': value, host: value, via: value };
    const { headers } = await send(placedAt('tracking/default/x'), 'GET', `${ARTIFACTS}/x`, kept);
    expect(headers).toEqual(kept);
  });

  it.each([
    ...['../x', 'a/../../x', '%2e%2e/x', 'a/%2E./x', './x', 'a/..', '..', 'a\\b', 'a%2f/../x'],
  ])('never leads the API elsewhere: %j', async (path) => {
    const api = placedAt('tracking/default/x');
    const answer = await send(api, 'GET', `${ARTIFACTS}/${path}`);
    expect([told(answer), api.asked]).toEqual([['400', 'INVALID_PARAMETER_VALUE'], []]);
  });

  it.each([
    ['/api/../api/v1/models', 'GET'],
    [`${ARTIFACTS}/`, 'GET'],
    [`${ARTIFACTS}/x`, 'POST'],
    [`${ARTIFACTS}/x`, 'OPTIONS'],
  ])('is nothing else: %s, %s', async (uri, method) => {
    const api = placedAt('tracking/default/x');
    const answer = await send(api, method, uri);
    expect([told(answer), api.asked]).toEqual([['404', 'ENDPOINT_NOT_FOUND'], []]);
  });

  it('is refused without a token, before the API is asked', async () => {
    const api = placedAt('tracking/default/x');
    const answer = await send(api, 'PUT', `${ARTIFACTS}/x`, { ...LENGTH, authorization: [] });
    expect([told(answer), api.asked]).toEqual([['401', 'UNAUTHENTICATED'], []]);
  });

  it.each([401, 403, 400, 429, 500])('is refused in the words of the API: %d', async (status) => {
    const text = '{"error_code":"X","message":"m"}';
    const answer = await send(apiThat({ status, text }), 'GET', `${ARTIFACTS}/x`);
    expect(answer).toMatchObject({ status: String(status), body: text });
    expect(answer.headers['cache-control']).toEqual([{ value: 'no-store' }]);
  });

  it.each([
    ['does not answer', apiThat(new Error('timed out'))],
    ['answers with no place', placedAt(undefined)],
    ['answers with a place outside', placedAt('captures/x')],
    ['answers with a place in another workspace', placedAt('tracking/team-b/x')],
    ['answers with the place of another file', placedAt('tracking/default/y')],
    ['answers with a place below it', placedAt('tracking/default/x/y')],
    ['answers with no JSON', apiThat({ status: 200, text: '<html>' })],
  ])('is to be tried again where the API %s', async (_, api) => {
    const answer = await send(api, 'GET', `${ARTIFACTS}/x`);
    expect(told(answer)).toEqual(['503', 'TEMPORARILY_UNAVAILABLE']);
    expect(answer.headers['retry-after']).toEqual([{ value: '1' }]);
  });

  it('is deleted by the API, which knows what a directory is', async () => {
    const api = apiThat({ status: 200, text: '{}' });
    const answer = await send(api, 'DELETE', `/a${ARTIFACTS}/1/dir`);
    expect(answer).toMatchObject({ status: '200', body: '{}' });
    expect(api.asked).toEqual([['DELETE', `/a${OBJECTS}/1/dir`, 'Bearer t']]);
  });

  it('goes to the API where it has no length, as empty files have none', async () => {
    const answer = await send(placedAt('x'), 'PUT', `/a${ARTIFACTS}/1/empty.txt`);
    expect(answer.status).toBe('307');
    expect(answer.headers.location).toEqual([{ value: `/a${OBJECTS}/1/empty.txt` }]);
  });

  it.each([
    [5 * 2 ** 30, undefined],
    [5 * 2 ** 30 + 1, '413'],
  ])('of %d bytes is answered %s: S3 takes 5 GB in one request', async (bytes, status) => {
    const headers = { 'content-length': [{ value: String(bytes) }] };
    const api = placedAt('tracking/default/x');
    const answer = await send(api, 'PUT', `${ARTIFACTS}/x`, headers);
    expect(answer.status).toBe(status);
    if (status) expect(answer.body).toContain('MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD');
  });
});

describe('an answer of S3', () => {
  const value = [{ value: 'v' }];
  const answered = (status: number, method = 'GET') =>
    tidy(
      { method, uri: '/tracking/default/1/a%20b' },
      {
        ...{ status: String(status), statusDescription: 'x' },
        headers: {
          ...{ 'content-type': [{ value: 'text/html' }], etag: value, via: value },
          ...{ 'x-amz-server-side-encryption-aws-kms-key-id': value, 'cache-control': value },
        },
      },
    ) as any;

  it.each([200, 206, 304, 412])('of %d is passed on as bytes that nobody keeps', (status) => {
    expect(answered(status)).toEqual({
      ...{ status: String(status), statusDescription: 'x' },
      headers: {
        ...{ etag: value, via: value, 'content-type': [{ value: 'application/octet-stream' }] },
        'cache-control': [{ value: 'private, no-store' }],
        'x-content-type-options': [{ value: 'nosniff' }],
      },
    });
  });

  it.each([
    [404, 'GET', '404', 'RESOURCE_DOES_NOT_EXIST'],
    [403, 'GET', '404', 'RESOURCE_DOES_NOT_EXIST'],
    [403, 'PUT', '503', 'TEMPORARILY_UNAVAILABLE'],
    [503, 'PUT', '503', 'TEMPORARILY_UNAVAILABLE'],
    [500, 'GET', '503', 'TEMPORARILY_UNAVAILABLE'],
    [416, 'GET', '416', 'INVALID_PARAMETER_VALUE'],
    [411, 'PUT', '411', 'INVALID_PARAMETER_VALUE'],
  ])('of %d to %s is told as %s %s', (status, method, told_, code) => {
    const answer = answered(status, method);
    expect(told(answer)).toEqual([told_, code]);
    expect(answer.headers).toMatchObject({ via: value, 'cache-control': [{ value: 'no-store' }] });
    expect(answer.headers).not.toHaveProperty('etag');
  });

  it('names what is not there', () => {
    expect(JSON.parse(answered(404).body).message).toBe('there is no artifact "1/a b"');
  });
});

describe('the function', () => {
  /** What it makes of the sample of events/ before an API that answers so. */
  async function decide(listener: RequestListener) {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      return (await edgeHandler(() => `http://127.0.0.1:${port}`)(sample)) as any;
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  it('lets the sample of events/ through to its place', async () => {
    const seen: unknown[] = [];
    const key = 'tracking/default/0/0f4c1d2e3b4a59687766554433221100/artifacts/weights.bin';
    const found = await decide((request, response) => {
      seen.push([request.method, request.url, request.headers.authorization?.slice(0, 13)]);
      response.end(JSON.stringify({ key }));
    });
    const [{ cf }] = sample.Records as [(typeof sample.Records)[0]];
    const asked = cf.request.uri.replace('/artifacts/', '/objects/');
    expect(seen).toEqual([['POST', asked, 'Bearer skiff_']]);
    expect([found.uri, found.clientIp]).toEqual([`/${key}`, '203.0.113.178']);
    expect(Object.keys(found.headers)).toEqual(['host', 'content-length']);
  });

  it('takes the token to nowhere that the API points to', async () => {
    const answer = await decide((_, response) => {
      response.writeHead(302, { location: 'https://elsewhere.invalid/' }).end();
    });
    expect(told(answer)).toEqual(['503', 'TEMPORARILY_UNAVAILABLE']);
  });

  it('asks the API behind the distribution that called it', async () => {
    const cause = new Error('no network');
    const failure = new TypeError('fetch failed', { cause });
    const fetched = jest.spyOn(globalThis, 'fetch').mockRejectedValue(failure);
    expect(told(await handler(sample))).toEqual(['503', 'TEMPORARILY_UNAVAILABLE']);
    const line = String(noted.mock.calls[0]?.[0]);
    expect(JSON.parse(line)).toMatchObject({ 'event.reason': 'fetch failed: no network' });
    expect(line).not.toContain('skiff_');
    expect(fetched.mock.calls[0]?.[0]).toMatch(
      /^https:\/\/d111111abcdef8\.cloudfront\.net\/api\/2\.0\/mlflow-artifacts\/objects\/0\//,
    );
  });

  it('tidies what S3 has answered', async () => {
    const [{ cf }] = sample.Records as [(typeof sample.Records)[0]];
    const response = { status: '503', headers: {} };
    const answer = await handler({ Records: [{ cf: { ...cf, response } }] });
    expect(told(answer)).toEqual(['503', 'TEMPORARILY_UNAVAILABLE']);
  });
});
