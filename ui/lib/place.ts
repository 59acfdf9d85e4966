import { DEFAULT_WORKSPACE, WORKSPACE } from '#core/tracking/workspace.ts';

/** Where in the application one is, all of which is in the address after `#`. */
export interface Place {
  readonly workspace: string;
  /** Decoded: `experiments`, `12`. */
  readonly segments: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export const isWorkspace = (name: string): boolean => WORKSPACE.test(name);

/** `#/team-a/experiments/12?filter=...`: the first segment is the workspace. */
export function parseHash(hash: string): Place {
  const [, path = '', search = ''] = /^#?([^?]*)\??(.*)$/s.exec(hash) ?? [];
  const [workspace = '', ...segments] = path.split('/').filter(Boolean).map(decode);
  return {
    workspace: isWorkspace(workspace) ? workspace : DEFAULT_WORKSPACE,
    segments: segments.length > 0 ? segments : ['experiments'],
    query: Object.fromEntries(new URLSearchParams(search)),
  };
}

/** An address that others can be sent; what is empty, false or undefined is left out. */
export function hashOf(workspace: string, segments: readonly string[], query: Query = {}): string {
  const path = [workspace, ...segments].map(encodeURIComponent).join('/');
  const kept = Object.entries(query).filter(
    ([, value]) => value !== undefined && value !== '' && value !== false,
  );
  const search = new URLSearchParams(
    kept.map(([key, value]): [string, string] => [key, String(value)]),
  ).toString();
  return `#/${path}${search && `?${search}`}`;
}

/** The params of a pattern such as `experiments/:experiment`, or nothing where it does not fit. */
export function matchPath(
  pattern: string,
  segments: readonly string[],
): Record<string, string> | undefined {
  const parts = pattern.split('/');
  if (parts.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, part] of parts.entries()) {
    const segment = segments[i] as string;
    if (part.startsWith(':')) params[part.slice(1)] = segment;
    else if (part !== segment) return undefined;
  }
  return params;
}

/** A list of names in one value of the query; names may hold commas. */
export const joinNames = (names: readonly string[]): string =>
  names.map((name) => name.replace(/[\\,]/g, '\\$&')).join(',');

export const splitNames = (text: string | undefined): string[] =>
  text
    ? [...text.matchAll(/(?:^|,)((?:[^\\,]|\\.)*)/gs)].map(([, name = '']) => unescaped(name))
    : [];

const unescaped = (name: string): string => name.replace(/\\(.)/gs, '$1');

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
