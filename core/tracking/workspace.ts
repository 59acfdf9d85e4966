import { AppError } from '../errors.ts';

/** Names of workspaces; the default one is of those who name none. */
export const WORKSPACE = /^[a-z0-9][a-z0-9-]{0,62}$/;
export const DEFAULT_WORKSPACE = 'default';

/** What a path of MLflow's own begins with. */
const ROOTS = new Set(['api', 'ajax-api', 'get-artifact', 'health', 'version']);
/** What paths of others begin with. */
const TAKEN = new Set(['endpoints', 'ui']);

/**
 * The workspace that a request's path begins with, and the rest of the path.
 * @throws AppError `invalid` where what it begins with is no name
 */
export function splitWorkspace(rawPath: string): { workspace: string; path: string } {
  const [, first = '', ...rest] = rawPath.split('/');
  if (ROOTS.has(first)) return { workspace: DEFAULT_WORKSPACE, path: withoutMirror(rawPath) };
  if (TAKEN.has(first)) throw new AppError('invalid', `"${first}" cannot be a workspace's name`);
  if (WORKSPACE.test(first)) {
    return { workspace: first, path: withoutMirror(`/${rest.join('/')}`) };
  }
  throw new AppError('invalid', `"${first}" is no workspace: use a-z, 0-9 and "-"`);
}

/** MLflow's server has its whole API under a second address, for its own page. */
const withoutMirror = (path: string): string => path.replace(/^\/ajax-api\//, '/api/');
