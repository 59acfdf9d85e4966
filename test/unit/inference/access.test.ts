import { describe, expect, it } from '@jest/globals';
import { SCOPES } from '#core/access/scopes.ts';
import { predictionOperations } from '../../../functions/reference/prediction-operations.ts';
import { type Client, clientOf, serviceOf } from '../../helpers/inference.ts';

/*
 * Every prediction path, of the reference and of MLflow's scoring contract, against every scope and
 * limit, through the Lambda handler. No endpoint is there: whoever is let in gets at most a 404.
 */
const SCORING = '/endpoints/{endpoint}';
const paths: { readonly method: string; readonly path: string }[] = [
  ...predictionOperations.map(({ method, path }) => ({ method, path })),
  { method: 'POST', path: `${SCORING}/invocations` },
  ...['ping', 'health'].map((action) => ({ method: 'GET', path: `${SCORING}/${action}` })),
];
const open = (path: string) => path.startsWith('/v2/health/');
const guarded = paths.filter(({ path }) => !open(path));
const onEndpoint = guarded.filter(({ path }) => path.includes('{endpoint}'));
const at = (path: string, name = 'live') =>
  path.replace('{endpoint}', name).replace('{version}', '1');
const named = (list: typeof paths) => list.map((p) => [`${p.method} ${p.path}`, p] as const);
const lines: string[] = [];
const call: Client = clientOf(serviceOf({}), lines);
const status = async (...args: Parameters<Client>) => (await call(...args)).status;

describe.each(named(guarded))('%s', (_, { method, path }) => {
  it.each(SCOPES)('with the scope %s alone', async (scope) => {
    const may = scope === 'predict' || scope === 'admin';
    const answered = await status({ method, path: at(path), body: {}, scopes: scope });
    expect(answered === 403).toBe(!may);
    expect(answered).not.toBe(401);
  });

  it('is closed to nobody in particular, in the form of its protocol', async () => {
    const { status, headers, json } = await call({ method, path: at(path), body: {}, scopes: '' });
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer']);
    if (path.startsWith('/v2')) expect(json).toEqual({ error: expect.any(String) });
    else if (path.startsWith(SCORING)) expect(json.error_code).toBe('UNAUTHENTICATED');
    else expect(headers['content-type']).toBe('application/problem+json');
  });

  it('says why a token is none, and sees the end of one that API Gateway still keeps', async () => {
    const said = async (context: object) => {
      const { status, json } = await call({ method, path: at(path), body: {}, context });
      return [status, json.error ?? json.message ?? json.detail];
    };
    expect(await said({ refused: 'revoked' })).toEqual([401, 'this token was revoked']);
    expect(await said({ refused: 'toString' })).toEqual([401, expect.stringContaining('needs a')]);
    const caller = { actor: 'a', scopes: 'predict' };
    expect(await said({ ...caller, expires: '1000' })).toEqual([401, 'this token has expired']);
    const later = String(Math.floor(Date.now() / 1000) + 60);
    expect((await said({ ...caller, expires: later }))[0]).not.toBe(401);
  });
});

it.each(named(onEndpoint))(
  '%s is held to the endpoints of a limited token',
  async (_, { method, path }) => {
    const answered = async (name: string, limits: object) => {
      const context = { actor: 'a', scopes: 'read predict', ...limits };
      return status({ method, path: at(path, name), body: {}, context });
    };
    expect(await answered('live', { endpoints: 'live' })).toBe(404);
    expect(await answered('team-a', { endpoints: 'live/team-*' })).toBe(404);
    expect(await answered('li%76e', { endpoints: 'live' })).toBe(404);
    expect(await answered('live', { endpoints: 'other' })).toBe(403);
    expect(await answered('live', { endpoints: '' })).toBe(403);
    expect(await answered('live', { models: '*' })).toBe(403);
    expect(await answered('live', { workspaces: '*' })).toBe(403);
    expect(await answered('LIVE', { endpoints: 'live' })).toBe(403);
    expect(await answered('li%2576e', { endpoints: 'live' })).toBe(403);
  },
);

it.each(named(paths.filter(({ path }) => open(path))))(
  '%s is open',
  async (_, { method, path }) => {
    expect(await status({ method, path, scopes: '' })).toBe(200);
  },
);

it('logs a denial with who and what', async () => {
  lines.length = 0;
  await call({ path: '/v2/models/live/infer', body: {}, scopes: 'read' });
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { 'event.outcome': 'forbidden', 'user.name': 'tester', 'url.path': '/v2/models/live/infer' },
  ]);
});
