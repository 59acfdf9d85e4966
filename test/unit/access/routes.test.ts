import { describe, expect, it, jest } from '@jest/globals';
import { SCOPES, type Scope } from '#core/access/scopes.ts';
import { httpApi, type Route } from '#shared/http.ts';
import { logger } from '#shared/observability.ts';
import { routes } from '../../../functions/reference/routes.ts';
import { invoke } from '../../helpers/invoke.ts';

/*
 * Every route against every scope. What each route needs is written down here a second time, by
 * method and path: a route that none of these rules is about, or that asks for something else,
 * fails the build.
 */
const VERSION = '/api/v1/models/{model}/versions/{version}';
const RULES: readonly (readonly [RegExp, Partial<Record<Route['method'], Scope | 'public'>>])[] = [
  [/^\/api\/v1\/health$/, { GET: 'public' }],
  [/^\/api\/v1\/endpoints\/\{endpoint\}\/devices\//, all('device')],
  [/^\/api\/v1\/bundle-key$/, { GET: 'read' }],
  [/^\/api\/v1\/(tokens|webhooks)(\/|$)/, all('admin')],
  [/^\/metrics$/, { GET: 'read' }],
  [/\/(validations|approvals)(\/|$)|^\/api\/v1\/policies(\/|$)/, changes('validate')],
  [/^\/api\/v1\/(models|uploads|datasets|registrations)(\/|$)/, changes('register')],
  [/^\/api\/v1\/feedback$/, { POST: 'feedback' }],
  [/^\/api\/v1\/runs\//, { GET: 'read', POST: 'read' }],
  [/^\/api\/v1\/jobs(\/|$)/, changes('predict')],
  [/^\/api\/v1\/endpoints(\/|$)/, changes('deploy')],
  [/^\/api\/v1\/(audit|openapi\.json|docs)(\/|$)/, { GET: 'read' }],
];

function all(scope: Scope) {
  return { GET: scope, POST: scope, PUT: scope, PATCH: scope, DELETE: scope };
}
function changes(scope: Scope) {
  return { ...all(scope), GET: 'read' } as const;
}

const nameOf = ({ method, path }: Route) => `${method} ${path}`;
const ruleFor = ({ method, path }: Route) => RULES.find(([about]) => about.test(path))?.[1][method];
const guarded = routes.filter(({ scope }) => scope !== 'public');
/** The route as it is, but for what it does: every schema takes everything. */
const stub = ({ params, query, body, ...rest }: Route): Route => ({
  ...rest,
  run: () => ({ body: { items: [] } }),
});
const pathOf = ({ path }: Route) => path.replace(/\{\w+\}/g, 'x');

jest.spyOn(logger, 'warn').mockReturnValue();

describe('each route', () => {
  it.each(routes.map((route) => [nameOf(route), route] as const))(
    '%s asks for the scope that its rule says',
    (_, route) => {
      expect(route.scope).toBe(ruleFor(route) ?? 'no rule: write one in this test');
    },
  );

  it('is the only one of its kind', () => {
    const names = routes.map(nameOf);
    expect(names).toEqual([...new Set(names)]);
    const operations = routes.map(({ operation }) => operation);
    expect(operations).toEqual([...new Set(operations)]);
  });

  const table = guarded.flatMap((route) =>
    SCOPES.map((scope) => [nameOf(route), scope, route] as const),
  );
  it.each(table)('%s with the scope %s alone', async (_, scope, route) => {
    const api = httpApi([stub(route)]);
    const { status } = await invoke(api, {
      method: route.method,
      path: pathOf(route),
      scopes: scope,
    });
    const may = scope === 'admin' || scope === ruleFor(route);
    expect([scope, status]).toEqual([scope, may ? route.response.status : 403]);
  });

  it.each(guarded.map((route) => [nameOf(route), route] as const))(
    '%s is closed to nobody in particular',
    async (_, route) => {
      const api = httpApi([stub(route)]);
      const call = { method: route.method, path: pathOf(route), scopes: null };
      const { status, headers, body } = await invoke(api, call);
      expect([status, headers['www-authenticate'], body.status]).toEqual([401, 'Bearer', 401]);
    },
  );
});

describe('callers who are limited to some models and endpoints', () => {
  it.each(routes.map((route) => [nameOf(route), route] as const))(
    'are held to them by %s: it says what it is about',
    (_, { path, names }) => {
      expect(/\{(model|endpoint)\}/.test(path) || names !== undefined).toBe(true);
    },
  );

  const inPath = guarded.filter(({ path }) => /\{(model|endpoint)\}/.test(path));
  it.each(inPath.map((route) => [nameOf(route), route] as const))(
    'get no further than their names with %s',
    async (_, route) => {
      const api = httpApi([{ ...stub(route), names: 'none' }]);
      const call = (limits: object) =>
        invoke(api, { method: route.method, path: pathOf(route), limits });
      expect((await call({ models: 'y', endpoints: 'y/xx*' })).status).toBe(403);
      expect((await call({ models: 'x', endpoints: 'x' })).status).toBe(route.response.status);
      expect((await call({ models: '*', endpoints: 'y/x*' })).status).toBe(route.response.status);
      // What one list does not name is out of reach even where only the other was given.
      const other = route.path.includes('{model}') ? { endpoints: '*' } : { models: '*' };
      expect((await call(other)).status).toBe(403);
      expect((await call({ workspaces: '*' })).status).toBe(403);
    },
  );

  it('cannot be let through by a path that names something twice, or encoded', async () => {
    const route = routes.find(({ operation }) => operation === 'getVersion') as Route;
    const api = httpApi([stub(route)]);
    const limits = { models: 'mine' };
    const status = async (path: string) => (await invoke(api, { path, limits })).status;
    expect(await status(`${VERSION.replace('{model}', 'mine').replace('{version}', '1')}`)).toBe(
      200,
    );
    for (const name of ['mine%2Fx', 'mine%00', 'MINE', 'min%65%20', '%6dine%2500', '*', 'mine*']) {
      expect([
        name,
        await status(VERSION.replace('{model}', name).replace('{version}', '1')),
      ]).toEqual([name, 403]);
    }
    expect(await status('/api/v1/models/min%65/versions/1')).toBe(200);
  });
});

/** What routes do with names in bodies and answers, on bodies as clients send them. */
describe('names outside the path', () => {
  const run = async (
    operation: string,
    call: { body?: unknown; answer?: unknown },
    limits: object,
  ) => {
    const { params, query, body, ...route } = routes.find(
      (r) => r.operation === operation,
    ) as Route;
    const api = httpApi([{ ...route, ...(body && { body }), run: () => ({ body: call.answer }) }]);
    return invoke(api, {
      method: route.method,
      path: pathOf(route as Route),
      body: call.body,
      limits,
    });
  };

  it('are refused in a new model, and in an endpoint that would serve it', async () => {
    const model = { name: 'fraud', task: 'binary' };
    expect((await run('createModel', { body: model }, { models: 'churn' })).status).toBe(403);
    expect((await run('createModel', { body: model }, { models: 'fr*' })).status).toBe(201);
    const endpoint = { variants: [{ model: 'fraud', version: 1 }] };
    const reach = (models: string) => ({ models, endpoints: 'x' });
    expect((await run('putEndpoint', { body: endpoint }, reach('churn'))).status).toBe(403);
    expect((await run('putEndpoint', { body: endpoint }, { endpoints: 'x' })).status).toBe(403);
    expect((await run('putEndpoint', { body: endpoint }, reach('fraud'))).status).toBe(200);
  });

  it('are left out of lists, which go on in pages', async () => {
    const answer = { items: [{ name: 'a' }, { name: 'b' }, { name: 'ab' }], nextCursor: 'more' };
    const names = async (operation: string, limits: object) => {
      const { body } = await run(operation, { answer }, limits);
      expect(body.nextCursor).toBe('more');
      return body.items.map(({ name }: { name: string }) => name);
    };
    expect(await names('listModels', { models: 'a*' })).toEqual(['a', 'ab']);
    expect(await names('listModels', { endpoints: '*' })).toEqual([]);
    expect(await names('listEndpoints', { endpoints: 'b' })).toEqual(['b']);
    expect(await names('listEndpoints', { models: '*' })).toEqual([]);
  });

  it('hide in the audit log what is out of reach, and who else may call', async () => {
    const resources = ['model/a', 'model/b', 'endpoint/a', 'policy/p', 'dataset/d', 'token/t'];
    const answer = { items: resources.map((resource) => ({ resource })) };
    const { body } = await run('listAudit', { answer }, { models: 'a' });
    expect(body.items.map((e: { resource: string }) => e.resource)).toEqual([
      'model/a',
      'policy/p',
      'dataset/d',
    ]);
  });

  it('hold jobs, and what the audit log says of them, to their endpoint or model', async () => {
    const job = { endpoint: 'a', input: { prefix: 'batch/files/' } };
    expect((await run('createJob', { body: job }, { endpoints: 'b' })).status).toBe(403);
    expect((await run('createJob', { body: job }, { endpoints: 'a' })).status).toBe(202);
    expect((await run('getJob', { answer: job }, { endpoints: 'b' })).status).toBe(403);
    const entries = [{ endpoint: 'a' }, { endpoint: 'b' }, { model: 'm', version: 1 }];
    const answer = { items: entries.map((after) => ({ resource: 'job/1', after })) };
    const { body } = await run('listAudit', { answer }, { endpoints: 'a' });
    expect(body.items.map(({ after }: { after: object }) => after)).toEqual([{ endpoint: 'a' }]);
  });

  it('show of the audit log what happened in the workspaces that are in reach', async () => {
    const kinds = ['experiment/1', 'run/2'];
    const entries = ['mine', 'mine-2', 'theirs', undefined].flatMap((workspace) =>
      kinds.map((resource) => ({ resource, after: { workspace } })),
    );
    const { body } = await run(
      'listAudit',
      { answer: { items: entries } },
      { workspaces: 'mine*' },
    );
    expect(body.items).toEqual(entries.slice(0, 4));
  });

  it('are refused in an answer', async () => {
    const answer = { model: 'fraud' };
    expect((await run('getRegistration', { answer }, { models: 'churn' })).status).toBe(403);
    expect((await run('getRegistration', { answer }, { models: 'fraud' })).status).toBe(200);
  });
});
