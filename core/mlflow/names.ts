import { DEFAULT_WORKSPACE } from '../tracking/workspace.ts';

/** Between a workspace and a name; it needs no escaping in a path. */
export const SEPARATOR = '~';
export const OF_A_WORKSPACE = /^[a-z0-9][a-z0-9-]{0,62}~/;

/** What the registry's names of a workspace's models begin with. */
export const prefixOf = (workspace: string): string =>
  workspace === DEFAULT_WORKSPACE ? '' : `${workspace}${SEPARATOR}`;

/** What its clients call it; undefined for a model of another workspace. */
export function nameIn(workspace: string, registered: string): string | undefined {
  const prefix = prefixOf(workspace);
  if (prefix !== '')
    return registered.startsWith(prefix) ? registered.slice(prefix.length) : undefined;
  return OF_A_WORKSPACE.test(registered) ? undefined : registered;
}
