/**
 * The only models, endpoints and workspaces of MLflow clients that a caller may reach. A name that
 * ends in `*` stands for all that begin so. Whoever has limits reaches nothing that no list names.
 */
export interface Limits {
  readonly models: readonly string[];
  readonly endpoints: readonly string[];
  readonly workspaces: readonly string[];
}

/** What a request, or one item of an answer, is about. */
export interface Names {
  readonly models?: readonly string[] | undefined;
  readonly endpoints?: readonly string[] | undefined;
  readonly workspaces?: readonly string[] | undefined;
}

const KINDS = [
  ['model', 'models'],
  ['endpoint', 'endpoints'],
  ['workspace', 'workspaces'],
] as const;

/** Whether one of the patterns is the name or what it begins with. */
export const covers = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name,
  );

/** The first name beyond the limits, such as `model "fraud"`; undefined where there is none. */
export function beyond(limits: Limits, names: Names): string | undefined {
  for (const [word, kind] of KINDS) {
    const outside = names[kind]?.find((name) => !covers(limits[kind], name));
    if (outside !== undefined) return `${word} "${outside}"`;
  }
  return undefined;
}

/** No name of any of them holds it. */
const SEPARATOR = '/';

/** One list as one text, and back: an authoriser's answer carries texts only. */
export const packNames = (names: readonly string[]): string => names.join(SEPARATOR);
export const unpackNames = (text: string): string[] => text.split(SEPARATOR).filter(Boolean);

const STAR = 42;

/** `covers` on packed patterns as they are: unpacking would show in the time of a small model. */
export function coversPacked(packed: string, name: string): boolean {
  for (let start = 0, end = 0; start < packed.length; start = end + 1) {
    end = packed.indexOf(SEPARATOR, start);
    if (end < 0) end = packed.length;
    const open = packed.charCodeAt(end - 1) === STAR;
    const length = end - start - (open ? 1 : 0);
    if (open ? name.length < length : name.length !== length || length === 0) continue;
    if (packed.startsWith(open ? name.slice(0, length) : name, start)) return true;
  }
  return false;
}
