import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { HttpEvent } from '#shared/http.ts';
import { logger } from '#shared/observability.ts';
import { modelRoutes as registeredRoutes } from '../../../functions/mlflow-registry/routes-models.ts';
import { versionRoutes } from '../../../functions/mlflow-registry/routes-versions.ts';
import { type MlflowRoute, mlflowApi } from '../../../functions/tracking/mlflow-api.ts';
import { artifactRoutes } from '../../../functions/tracking/routes-artifacts.ts';
import { experimentRoutes } from '../../../functions/tracking/routes-experiments.ts';
import { modelRoutes } from '../../../functions/tracking/routes-models.ts';
import { runRoutes } from '../../../functions/tracking/routes-runs.ts';
import { serverRoutes } from '../../../functions/tracking/routes-server.ts';
import { httpEvent } from '../../helpers/invoke.ts';

const routes = [
  ...[...serverRoutes, ...experimentRoutes, ...runRoutes, ...modelRoutes, ...artifactRoutes],
  ...[...registeredRoutes, ...versionRoutes],
];
const isPublic = ({ scope }: MlflowRoute) => scope === 'public';
const named = (list: readonly MlflowRoute[]) =>
  list.map((route) => [`${route.method} ${route.path}`, route] as const);

/** The answer of a route that does nothing but say in which workspace it was asked. */
async function ask({ request, ...route }: MlflowRoute, workspace: string, limits: object) {
  const run: MlflowRoute['run'] = async ({ space }) => ({ json: { space } });
  const path = workspace + route.path.replace(/\{\w+\+?\}/g, 'x');
  const event: HttpEvent = httpEvent({
    method: route.method,
    path,
    scopes: 'read register',
    limits,
  });
  const { statusCode, body } = await mlflowApi([{ ...route, run }])(event);
  const { space, error_code } = JSON.parse(body as string);
  return [statusCode, error_code ?? space];
}

const REFUSED = [403, 'PERMISSION_DENIED'];

beforeEach(() => {
  jest.spyOn(logger, 'warn').mockReset().mockReturnValue();
});

describe('a caller who is limited to some workspaces', () => {
  it.each(named(routes.filter((route) => !isPublic(route))))(
    'is held to them: %s',
    async (_, r) => {
      const limits = { workspaces: 'team-a/lab-*' };
      expect(await ask(r, '/team-a', limits)).toEqual([200, 'team-a']);
      expect(await ask(r, '/lab-7', limits)).toEqual([200, 'lab-7']);
      for (const other of ['/team-b', '/team-a2', '/lab', '', '/default']) {
        expect([other, await ask(r, other, limits)]).toEqual([other, REFUSED]);
      }
      // Whoever is limited to other names only reaches none of them.
      expect(await ask(r, '/team-a', { models: '*', endpoints: '*' })).toEqual(REFUSED);
      expect(await ask(r, '', { workspaces: 'default' })).toEqual([200, 'default']);
      expect(await ask(r, '/anything', {})).toEqual([200, 'anything']);
    },
  );

  it.each(named(routes.filter(isPublic)))('may ask what anybody may: %s', async (_, route) => {
    expect(await ask(route, '/team-b', { workspaces: 'team-a' })).toEqual([200, 'team-b']);
  });

  it.each(['/team-a/../team-b', '/team-a%2f..%2fteam-b', '/%74eam-b', '/TEAM-A', '/team-a#', '/.'])(
    'finds no other way there: %s',
    async (workspace) => {
      const route = runRoutes.find(({ path }) => path.endsWith('runs/get')) as MlflowRoute;
      const [status] = await ask(route, workspace, { workspaces: 'team-a' });
      expect([400, 404]).toContain(status);
    },
  );
});
