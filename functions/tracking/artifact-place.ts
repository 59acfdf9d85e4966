import { AppError } from '#core/errors.ts';
import { DEFAULT_WORKSPACE, WORKSPACE } from '#core/tracking/workspace.ts';

/*
 * Addresses of files at the host of artifacts, and what the API is asked for them. The API is behind
 * the same host, which takes an address for that of a file wherever `artifacts/` stands in it. So
 * it must be sure of two things: that it asks the API, and not S3 for a file with any answer in it,
 * and that the place that it is told is the one that it asked for.
 */

const ROOT = '/api/2.0/mlflow-artifacts';
/** What comes before it is a workspace, after the address that the API has in the local AWS. */
const ARTIFACT = new RegExp(`^(.*?)${ROOT.replace('.', '\\.')}/artifacts/(.+)$`);

/** A file as its address names it, with its escapes. */
export interface Wanted {
  readonly prefix: string;
  readonly path: string;
}

export function wantedAt(uri: string): Wanted | undefined {
  const [, prefix, path] = ARTIFACT.exec(uri) ?? [];
  return prefix === undefined || path === undefined ? undefined : { prefix, path };
}

/** The path that the API is asked, or why it is not asked: the path would lead elsewhere. */
export function questionFor({ prefix, path }: Wanted): string | AppError {
  const question = `${prefix}${ROOT}/objects/${path}`;
  if (!isPlain(question)) {
    return new AppError('invalid', 'the path must be a relative one without ".." and "\\"');
  }
  if (isFile(question)) {
    return new AppError('invalid', `the path must not have "${ROOT}/artifacts/" in it`);
  }
  return question;
}

/** Whether it stays what it is on its way to the API: "..", in any writing, leads elsewhere. */
function isPlain(path: string): boolean {
  try {
    return new URL(`https://api.invalid${path}`).pathname === path;
  } catch {
    return false;
  }
}

/** Whether the host may take it for the address of a file, however it reads escapes. */
function isFile(path: string): boolean {
  // One by one: beside one that is wrong the others are still read.
  const read = path.replace(/%([0-7][\da-f])/gi, (_, hex) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
  if (read !== path) return isFile(read);
  return read.replace(/\/+/g, '/').includes(`${ROOT}/artifacts/`);
}

/** The key that the API answered with. @returns undefined where it is not that of the file */
export function keyIn(answer: string, wanted: Wanted): string | undefined {
  try {
    const { key } = JSON.parse(answer) as { key?: unknown };
    return keysOf(wanted).find((own) => own === key);
  } catch {
    return undefined;
  }
}

/** A gateway may decode a path before the API does. */
function keysOf({ prefix, path }: Wanted): string[] {
  const last = prefix.split('/').at(-1) as string;
  const workspace = WORKSPACE.test(last) ? last : DEFAULT_WORKSPACE;
  const once = decode(path);
  return [once, decode(once)].map((name) => `tracking/${workspace}/${name.replace(/\/+$/, '')}`);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address of a key in S3: all but letters, digits and `-._~`, as signatures of AWS do it. */
export const addressOf = (key: string): string => `/${key.split('/').map(encode).join('/')}`;

const encode = (segment: string): string =>
  encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
