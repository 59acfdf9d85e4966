import { describe, expect, it, jest } from '@jest/globals';
import * as z from 'zod';
import { AppError } from '#core/errors.ts';
import { httpApi, route } from '#shared/http.ts';
import { logger } from '#shared/observability.ts';
import { type Call, invoke } from '../../helpers/invoke.ts';

const things = httpApi([
  route({
    method: 'GET',
    path: '/things/{thing}',
    operation: 'getThing',
    summary: 'A thing',
    scope: 'read',
    params: z.strictObject({ thing: z.string().max(20) }),
    response: { status: 200 },
    run: ({ params }) => {
      if (params.thing === 'missing') throw new AppError('not-found', 'there is no such thing');
      if (params.thing === 'broken') throw new Error('password is hunter2');
      if (params.thing === 'busy') {
        throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
      }
      return { body: params, revision: 3 };
    },
  }),
  route({
    method: 'PUT',
    path: '/things/{thing}',
    operation: 'putThing',
    summary: 'Put a thing',
    scope: 'register',
    params: z.strictObject({ thing: z.string() }),
    body: z.strictObject({
      size: z.int().positive(),
      parts: z.array(z.strictObject({ n: z.int() })),
    }),
    response: { status: 201 },
    run: ({ body, ifMatch, idempotencyKey, actor }) => ({
      body: { body, ifMatch, idempotencyKey, actor },
    }),
  }),
  route({
    method: 'POST',
    path: '/things',
    operation: 'makeThings',
    summary: 'Make things, one where nothing is said',
    scope: 'register',
    body: z.strictObject({ count: z.int().default(1) }),
    response: { status: 202 },
    run: ({ body, scopes }) => ({ body: { ...body, scopes } }),
  }),
  route({
    method: 'GET',
    path: '/open',
    operation: 'open',
    summary: 'Open',
    scope: 'public',
    response: { status: 200 },
    run: () => ({ body: {} }),
  }),
]);
const call = (request: Call) => invoke(things, request);
const good = { size: 1, parts: [{ n: 1 }] };
const put = (extra: Call) => call({ method: 'PUT', path: '/things/a', body: good, ...extra });

describe('a route', () => {
  it('answers with its body, the revision as ETag and the request id', async () => {
    const { status, headers, body } = await call({
      path: '/things/a%20b',
      headers: { 'x-request-id': 'mine' },
    });
    expect([status, body]).toEqual([200, { thing: 'a b' }]);
    expect(headers).toMatchObject({ etag: '"3"', 'x-request-id': 'mine' });
  });

  it('needs no body where every field has a default, and hands on what the token allows', async () => {
    const { status, body } = await call({ method: 'POST', path: '/things' });
    expect([status, body.count, Array.isArray(body.scopes)]).toEqual([202, 1, true]);
    expect((await call({ method: 'PUT', path: '/things/a' })).body.detail).toContain('JSON body');
  });

  it('decodes a path once', async () => {
    expect((await call({ path: '/things/%252e%252e' })).body).toEqual({ thing: '%2e%2e' });
  });

  it('does not repeat a request id that could do harm', async () => {
    const { headers } = await call({
      path: '/open',
      headers: { 'x-request-id': 'a\r\nset-cookie: b' },
    });
    expect(headers['x-request-id']).toBe('gateway-id');
  });

  it('hands on actor, revision and idempotency key', async () => {
    const { status, body } = await put({
      headers: { 'if-match': '"7"', 'idempotency-key': 'k-1' },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({ ifMatch: 7, idempotencyKey: 'k-1', actor: 'tester' });
  });

  it.each([
    ['size: Too small', { ...good, size: 0 }],
    ['parts[1].n', { ...good, parts: [{ n: 1 }, { n: 'x' }] }],
    ['colour: is not a field', { ...good, colour: 'red' }],
    ['parts[0].m: is not a field', { ...good, parts: [{ n: 1, m: 2 }] }],
    ['not JSON', '{'],
    ['needs a JSON body', ''],
  ])('refuses a body with: %s', async (words, body) => {
    const answer = await put({ body });
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.body.detail).toContain(words);
  });

  it('lists every bad field', async () => {
    const { body } = await put({ body: { size: 0, parts: [{ n: 'x' }] } });
    expect(body.errors.map((e: { field: string }) => e.field)).toEqual(['size', 'parts[0].n']);
  });

  it('names some of very many', async () => {
    const parts = Array.from({ length: 100_000 }, () => ({ n: 'x' }));
    const { body } = await put({ body: { size: 1, parts } });
    expect(body.errors).toHaveLength(100);
    expect(body.detail).toContain('(and 99999 more)');
  });

  it.each([
    ['If-Match', { 'if-match': 'x' }],
    ['Idempotency-Key', { 'idempotency-key': 'a b' }],
  ])('names a bad %s', async (name, headers) => {
    const { status, body } = await put({ headers: headers as Record<string, string> });
    expect(status).toBe(400);
    expect(body.detail).toContain(name);
  });

  it('needs a caller and the scope, which admin includes', async () => {
    expect((await put({ scopes: null })).status).toBe(401);
    expect((await put({ scopes: 'read predict' })).status).toBe(403);
    expect((await put({ scopes: 'register' })).status).toBe(201);
    expect((await put({ scopes: 'admin' })).status).toBe(201);
    expect((await call({ path: '/open', scopes: null })).status).toBe(200);
  });

  it('says what is there where it is called wrongly', async () => {
    expect((await call({ path: '/nothing' })).status).toBe(404);
    const wrong = await call({ method: 'DELETE', path: '/things/a' });
    expect([wrong.status, wrong.body.detail]).toEqual([405, expect.stringContaining('GET, PUT')]);
  });

  it('answers what went wrong, and nothing of what only we should know', async () => {
    const log = jest.spyOn(logger, 'error').mockReturnValue();
    expect((await call({ path: '/things/missing' })).body).toMatchObject({
      status: 404,
      detail: 'there is no such thing',
      instance: '/things/missing',
    });
    const broken = await call({ path: '/things/broken' });
    expect(broken.status).toBe(500);
    expect(JSON.stringify(broken)).not.toContain('hunter2');
    expect(log).toHaveBeenCalledTimes(1);
    const busy = await call({ path: '/things/busy' });
    expect([busy.status, busy.headers['retry-after']]).toEqual([503, '1']);
  });
});
