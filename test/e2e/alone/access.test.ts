import { beforeAll, describe, expect, it } from '@jest/globals';
import { parseIssuers } from '../../../functions/access/issuers.ts';
import { request } from '../../../local/api-client.ts';
import { withEnvironment } from '../../helpers/faults.ts';
import { startIssuer } from '../../helpers/issuer.ts';
import {
  api,
  force,
  stack,
  UNEXAMINED,
  unique,
  writeUnexaminedPolicy,
} from '../../helpers/stack.ts';
import { echoModel } from '../../helpers/tiny-model.ts';
import { synthesise } from '../../infra/synthesise.ts';

const X = { name: 'x', datatype: 'FP32', shape: ['n', 2] } as const;

interface Made {
  readonly id: string;
  readonly token: string;
}
const makeToken = (scopes: string[], more: object = {}): Promise<Made> =>
  api.call('POST', '/api/v1/tokens', { body: { name: unique('caller'), scopes, ...more } });
const as = (token: string, method: string, path: string, body?: unknown) =>
  request<any>({ apiUrl: stack().apiUrl, token }, method, path, body === undefined ? {} : { body });

describe('API tokens', () => {
  it('are made once, shown once, told of without their secret, and end for good', async () => {
    const body = { name: unique('ci'), scopes: ['read'] };
    const headers = { 'idempotency-key': unique('key') };
    const made = await api.request('POST', '/api/v1/tokens', { body, headers });
    expect([made.status, made.headers.get('cache-control')]).toEqual([201, 'no-store']);
    const { id, token } = made.body;
    const again = await api.request('POST', '/api/v1/tokens', { body, headers });
    expect([again.status, again.body.detail]).toEqual([409, expect.stringContaining(id)]);
    expect((await as(token, 'GET', '/api/v1/models')).status).toBe(200);
    const told = await api.call('GET', `/api/v1/tokens/${id}`);
    expect(told).toMatchObject({ ...body, status: 'active', createdBy: 'local-admin' });
    expect(token.startsWith(told.prefix)).toBe(true);
    const { items } = await api.call('GET', '/api/v1/tokens?limit=1');
    expect(items.map((t: Made) => t.id)).toEqual([id]);
    expect(JSON.stringify([told, items])).not.toMatch(/hash|salt/);
    expect((await api.request('DELETE', `/api/v1/tokens/${id}`)).status).toBe(204);
    expect((await api.request('DELETE', `/api/v1/tokens/${id}`)).status).toBe(204);
    const after = await as(token, 'GET', '/api/v1/models');
    expect([after.status, after.body.detail]).toEqual([401, 'this token was revoked']);
    expect(after.headers.get('content-type')).toBe('application/problem+json');
    expect((await api.call('GET', `/api/v1/tokens/${id}`)).status).toBe('revoked');
    const audit = await api.call('GET', `/api/v1/audit?resource=token/${id}`);
    expect(audit.items.map((e: { action: string }) => e.action)).toEqual([
      'token.revoke',
      'token.create',
    ]);
    const recorded = audit.items.map(({ before, after }: Record<string, unknown>) => [
      before,
      after,
    ]);
    expect(JSON.stringify(recorded)).not.toMatch(/hash|salt|skiff_/);
  });

  it('note when they were used', async () => {
    const { id, token } = await makeToken(['read']);
    await as(token, 'GET', '/api/v1/models');
    for (let attempt = 0; attempt < 50; attempt++) {
      const { lastUsedAt } = await api.call('GET', `/api/v1/tokens/${id}`);
      if (lastUsedAt) return expect(Date.now() - Date.parse(lastUsedAt)).toBeLessThan(60_000);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('its use was not noted');
  });

  it('end at their time', async () => {
    const expires = new Date(Date.now() + 1500).toISOString();
    const { token } = await makeToken(['read'], { expires });
    expect((await as(token, 'GET', '/api/v1/models')).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 1600));
    const after = await as(token, 'GET', '/api/v1/models');
    expect([after.status, after.body.detail]).toEqual([401, 'this token has expired']);
  });

  it.each(['Basic YWxpY2U6cGFzcw==', 'Bearer', 'Bearer ', 'Bearer skiff_x_y', 'Bearer a b', '{}'])(
    'are looked for in vain in "%s"',
    async (authorization) => {
      const answer = await fetch(`${stack().apiUrl}/api/v1/models`, { headers: { authorization } });
      const { detail } = (await answer.json()) as { detail: string };
      const words = 'the Authorization header holds neither an API token nor a JWT';
      expect([answer.status, detail]).toEqual([401, words]);
    },
  );

  it('are for administrators to make, who cannot be limited', async () => {
    const { token } = await makeToken(['read', 'register', 'deploy', 'validate']);
    const wanted = { name: 'more', scopes: ['admin'] };
    expect((await as(token, 'POST', '/api/v1/tokens', wanted)).status).toBe(403);
    expect((await as(token, 'GET', '/api/v1/tokens')).status).toBe(403);
    const limited = { body: { ...wanted, models: ['a'] } };
    expect((await api.request('POST', '/api/v1/tokens', limited)).status).toBe(400);
    const past = { body: { ...wanted, expires: '2020-01-01T00:00:00Z' } };
    expect((await api.request('POST', '/api/v1/tokens', past)).body.errors[0].field).toBe(
      'expires',
    );
  });
});

describe('a token that is limited', () => {
  const mine = unique('mine');
  const theirs = unique('theirs');
  let token: string;

  beforeAll(async () => {
    await writeUnexaminedPolicy();
    const base64 = Buffer.from(echoModel([X]).model).toString('base64');
    for (const name of [mine, theirs]) {
      const body = { name, task: 'other', policy: UNEXAMINED };
      await api.call('POST', '/api/v1/models', { body });
      await api.call('POST', `/api/v1/models/${name}/versions`, { body: { artifact: { base64 } } });
      const variants = [{ model: name, version: 1 }];
      await api.call('PUT', `/api/v1/endpoints/${name}`, { body: { variants, force } });
    }
    const scopes = ['read', 'register', 'deploy', 'predict'];
    ({ token } = await makeToken(scopes, { models: [mine], endpoints: [mine, `${mine}-*`] }));
  });

  it('sees, changes, deploys and calls what it names, and nothing else', async () => {
    const status = async (...call: [string, string, unknown?]) => (await as(token, ...call)).status;
    for (const path of [
      `/api/v1/models/${mine}`,
      `/api/v1/endpoints/${mine}`,
      `/v2/models/${mine}`,
    ]) {
      expect([path, await status('GET', path)]).toEqual([path, 200]);
      const other = path.replace(mine, theirs);
      expect([other, await status('GET', other)]).toEqual([other, 403]);
    }
    expect(await status('DELETE', `/api/v1/models/${theirs}`)).toBe(403);
    expect(await status('POST', '/api/v1/models', { name: unique('x'), task: 'other' })).toBe(403);
    const names = async (path: string) =>
      (await as(token, 'GET', path)).body.items.map((item: { name: string }) => item.name);
    expect(await names('/api/v1/models?limit=100')).toEqual([mine]);
    expect(await names('/api/v1/endpoints?limit=100')).toEqual([mine]);
  });

  it('cannot put a model that it may not see behind an endpoint of its own', async () => {
    const put = (model: string) =>
      as(token, 'PUT', `/api/v1/endpoints/${mine}-2`, { variants: [{ model, version: 1 }] });
    expect((await put(theirs)).status).toBe(403);
    // Nobody has approved the version: that is said to whom may see it.
    expect((await put(mine)).status).toBe(409);
  });

  it('is refused a prediction elsewhere, in the form of the protocol', async () => {
    const oip = await as(token, 'POST', `/v2/models/${theirs}/infer`, { inputs: [] });
    expect([oip.status, oip.body]).toEqual([403, { error: expect.stringContaining(theirs) }]);
    const rows = await as(token, 'POST', `/api/v1/endpoints/${theirs}/predictions`, { rows: [{}] });
    expect([rows.status, rows.body.type]).toEqual([403, 'urn:skiff:problem:forbidden']);
  });
});

describe('JWTs of an issuer that the deployment trusts', () => {
  it('are taken for what their claims give, and refused with the reason', async () => {
    const issuer = await startIssuer();
    const stranger = await startIssuer();
    const trusted = [
      {
        name: 'corp',
        issuer: issuer.issuer,
        audiences: ['skiff'],
        scopeClaims: ['groups'],
        scopes: { engineers: ['read', 'register'], callers: ['predict'] },
        modelsClaim: 'models',
      },
    ];
    const settings = { SKIFF_OIDC_ISSUERS: JSON.stringify(trusted) };
    await withEnvironment('Authorize', settings, async () => {
      const name = unique('by-jwt');
      const mine = { groups: ['engineers'], models: [name] };
      const jwt = issuer.jwt(mine);
      expect((await as(jwt, 'POST', '/api/v1/models', { name, task: 'other' })).status).toBe(201);
      const { items } = await api.call('GET', `/api/v1/audit?resource=model/${name}`);
      expect(items[0]).toMatchObject({ actor: 'corp:alice', action: 'model.create' });
      const other = { name: unique('other'), task: 'other' };
      expect((await as(jwt, 'POST', '/api/v1/models', other)).status).toBe(403);
      expect((await as(jwt, 'GET', '/api/v1/tokens')).status).toBe(403);
      const callers = issuer.jwt({ groups: ['callers'], models: '*' });
      expect((await as(callers, 'GET', '/v2')).status).toBe(200);
      expect((await as(callers, 'GET', '/api/v1/models')).status).toBe(403);
      const now = Math.floor(Date.now() / 1000);
      const said = async (token: string, path = '/api/v1/models') => {
        const { status, body } = await as(token, 'GET', path);
        return [status, body.detail ?? body.error];
      };
      const notValid = 'this JWT is not valid: its signature, times or claims do not hold';
      const refusals: [string, string][] = [
        [issuer.jwt({ ...mine, exp: now - 1 }), 'this token has expired'],
        [issuer.jwt({ ...mine, aud: 'x' }), 'this JWT was issued for another audience'],
        [stranger.jwt(mine), 'this JWT is from an issuer that is not trusted here'],
        [stranger.jwt({ ...mine, iss: issuer.issuer }), notValid],
        [issuer.jwt(mine, { alg: 'none' }), notValid],
        [issuer.jwt(mine, { alg: 'HS256' }, issuer.publicKeyPem('rsa-1')), notValid],
        [issuer.jwt({ models: [name] }), 'this JWT gives no scope here'],
      ];
      for (const [token, words] of refusals) {
        expect(await said(token)).toEqual([401, words]);
        expect(await said(token, `/v2/models/${name}`)).toEqual([401, words]);
      }
      expect(stranger.asked).toEqual([]);
    });
    await Promise.all([issuer.stop(), stranger.stop()]);
  });
});

/** The issuer that `-c cognito=true` configures, but for what only a deployment knows. */
function cognitoIssuer() {
  const { platform } = synthesise({ cognito: true });
  const functions = Object.entries(platform.findResources('AWS::Lambda::Function'));
  const [, authorize] = functions.find(([id]) => id.startsWith('Authorize')) as [string, any];
  const parts: unknown[] =
    authorize.Properties.Environment.Variables.SKIFF_OIDC_ISSUERS['Fn::Join'][1];
  return parseIssuers(parts.map((p) => (typeof p === 'string' ? p : 'x')).join(''))[0];
}

describe('members of a Cognito user pool', () => {
  // The emulator's Cognito signs nothing that can be verified: an issuer of our own says what it would.
  it('may do what their groups are named after, by the access token of the pool’s own client', async () => {
    const pool = await startIssuer();
    const { issuer } = pool;
    const trusted = [{ ...cognitoIssuer(), issuer, audiences: ['own-client'] }];
    const settings = { SKIFF_OIDC_ISSUERS: JSON.stringify(trusted) };
    const member = { aud: undefined, 'cognito:groups': ['skiff/read', 'others'] };
    const access = { ...member, token_use: 'access', client_id: 'own-client' };
    await withEnvironment('Authorize', settings, async () => {
      const jwt = pool.jwt(access);
      expect((await as(jwt, 'GET', '/api/v1/models')).status).toBe(200);
      const model = { name: unique('by-member'), task: 'other' };
      expect((await as(jwt, 'POST', '/api/v1/models', model)).status).toBe(403);
      const refused = async (claims: object) =>
        (await as(pool.jwt(claims), 'GET', '/api/v1/models')).body.detail;
      const foreign = 'this JWT was issued for another audience';
      expect(await refused({ ...access, client_id: 'other' })).toBe(foreign);
      // An identity token says to the client who somebody is, not what may be done here.
      expect(await refused({ ...member, token_use: 'id', aud: 'own-client' })).toBe(foreign);
      const stranger = { ...access, 'cognito:groups': ['others'] };
      expect(await refused(stranger)).toBe('this JWT gives no scope here');
    });
    await pool.stop();
  });
});

describe('what no client sends', () => {
  const wrong = async (init: RequestInit & { path: string }) => {
    const { path, headers, ...rest } = init;
    const authorization = `Bearer ${stack().token}`;
    return fetch(`${stack().apiUrl}${path}`, { ...rest, headers: { authorization, ...headers } });
  };

  it.each([
    ['a name that would end a key', `/api/v1/models/${encodeURIComponent("a#VERSION' OR 1=1")}`],
    ['a condition as a name', `/api/v1/models/${encodeURIComponent('{"$ne":1}')}`],
    ['a path that climbs', '/api/v1/endpoints/..%2f..%2ftokens'],
    [
      'a filter with operators',
      `/api/v1/audit?actor=${encodeURIComponent(':actor OR attribute_exists(pk)')}`,
    ],
    [
      'a resource that is another partition',
      `/api/v1/audit?resource=${encodeURIComponent('model/a#b')}`,
    ],
    ['a tag with expressions', `/api/v1/models?tag=${encodeURIComponent('a:b) OR (1=1')}`],
    ['a token id that is none', '/api/v1/tokens/CURRENT'],
  ])('is refused or finds nothing: %s', async (_, path) => {
    const answer = await wrong({ path });
    const body = (await answer.json()) as { items?: unknown[]; detail?: string };
    expect([200, 400, 404]).toContain(answer.status);
    if (answer.status === 200) expect(body.items).toEqual([]);
    expect(JSON.stringify(body)).not.toMatch(/Expression|DynamoDB|gsi1/);
  });

  it.each([
    [
      'an Authorization of 60 kB',
      { authorization: `Bearer ${'a'.repeat(60_000)}` },
      [400, 401, 431],
    ],
    ['an idempotency key of 10 kB', { 'idempotency-key': 'k'.repeat(10_000) }, [400, 431]],
    ['a request id of 10 kB', { 'x-request-id': 'r'.repeat(10_000) }, [409, 201, 431]],
  ])('is bounded in its headers: %s', async (_, headers, statuses) => {
    const body = JSON.stringify({ name: unique('headers'), task: 'other' });
    const answer = await wrong({ path: '/api/v1/models', method: 'POST', headers, body });
    expect(statuses).toContain(answer.status);
    expect(answer.headers.get('x-request-id')?.length ?? 0).toBeLessThanOrEqual(128);
  });

  it.each([
    ['a token', '/api/v1/tokens', { name: 'n'.repeat(5_000_000), scopes: ['read'] }],
    ['scopes without end', '/api/v1/tokens', { name: 'n', scopes: Array(500_000).fill('root') }],
    ['a prediction', '/v2/models/nobody/infer', { inputs: 'x'.repeat(5_000_000) }],
  ])('is bounded in its body: %s', async (_, path, body) => {
    const answer = await wrong({ path, method: 'POST', body: JSON.stringify(body) });
    expect([400, 404, 413]).toContain(answer.status);
    expect((await answer.text()).length).toBeLessThan(200_000);
  });
});

describe('whoever shows no valid token', () => {
  it('is told so by every route but health, in the form of its protocol', async () => {
    const { paths } = await api.call('GET', '/api/v1/openapi.json');
    const wrong = `skiff_${'0'.repeat(26)}_${'a'.repeat(43)}`;
    const answers: unknown[] = [];
    const expected: unknown[] = [];
    for (const [path, operations] of Object.entries<Record<string, { security?: [] }>>(paths)) {
      for (const [method, { security }] of Object.entries(operations)) {
        if (security?.length === 0) continue;
        const { status, body } = await as(
          wrong,
          method.toUpperCase(),
          path.replace(/\{\w+\}/g, '1'),
        );
        const said = path.startsWith('/v2') ? body.error : body.detail;
        answers.push([method, path, status, said]);
        expected.push([method, path, 401, 'this is not a valid API token']);
      }
    }
    expect(answers).toEqual(expected);
    expect(answers.length).toBeGreaterThan(40);
  });
});
