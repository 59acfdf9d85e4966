import { invalidField } from '#core/errors.ts';

/*
 * Artifacts are stored by locations without a host, `mlflow-artifacts:/1`, and told with the host
 * that takes them, where there is one: so it may come, change and go, and all that was logged
 * before follows.
 */

const SCHEME = 'mlflow-artifacts:';

/** Name and port; undefined where the API takes artifacts itself. */
const hostOf = (): string | undefined => process.env.SKIFF_ARTIFACT_HOST || undefined;

/** A location as clients are told it. */
export function withHost(location: string): string {
  const host = hostOf();
  if (host === undefined || !location.startsWith(`${SCHEME}/`)) return location;
  if (location.startsWith(`${SCHEME}//`)) return location;
  return `${SCHEME}//${host}${location.slice(SCHEME.length)}`;
}

/** A location as it is stored, of one that a client was told or thought of itself. */
export function withoutHost(location: string): string {
  const told = `${SCHEME}//${hostOf()}/`;
  return location.startsWith(told) ? `${SCHEME}/${location.slice(told.length)}` : location;
}

/** Where among a workspace's files it is; undefined for one that lies elsewhere. */
export const findPath = (location: string): string | undefined =>
  /^mlflow-artifacts:\/(?!\/)(.*)$/s.exec(withoutHost(location))?.[1];

/** @throws AppError `invalid` for a location that lies elsewhere */
export function pathOf(location: string): string {
  const path = findPath(location);
  if (path !== undefined) return path;
  throw invalidField('artifact_uri', `${location} is not among the files that are kept here`);
}
