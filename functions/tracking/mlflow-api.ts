import type * as z from 'zod';
import type { Scope } from '#core/access/scopes.ts';
import { AppError } from '#core/errors.ts';
import { splitWorkspace } from '#core/tracking/workspace.ts';
import { type Caller, callerOf, refusal, requireNames, requireScope } from '#shared/caller.ts';
import type { HttpEvent, HttpResult, Method } from '#shared/http.ts';
import { logger } from '#shared/observability.ts';
import type { By } from './audit.ts';
import { describeError, MlflowError } from './errors.ts';
import { typeOf } from './file-types.ts';
import { wireBytes } from './page.ts';
import type { Space } from './records.ts';

/** A request after its schema. */
export interface MlflowRequest<B> {
  readonly space: Space;
  readonly params: Readonly<Record<string, string>>;
  readonly body: B;
  readonly by: By;
  readonly caller: Caller;
  /** Of an upload. @throws AppError `invalid` for bytes that did not come as they were sent */
  readonly bytes: () => Buffer;
}

/** JSON, or a text that is JSON already, or bytes, or another place. */
export type MlflowAnswer =
  | { readonly json: unknown }
  | { readonly text: string; readonly contentType?: string }
  | { readonly bytes: Uint8Array; readonly name: string }
  | { readonly location: string };

export interface MlflowRoute<S extends z.ZodType = z.ZodType> {
  readonly method: Method;
  /** `{name}` is one segment, `{name+}` all that follow. */
  readonly path: string;
  readonly scope: Scope | 'public';
  /** Of the body, or of the query of a GET. */
  readonly request?: S;
  /** Most bytes of the body. */
  readonly maxBytes?: number;
  // A method, so that routes of any schemas fit in one list.
  run(request: MlflowRequest<z.output<S>>): Promise<MlflowAnswer>;
}

/** Checks a route's types where it is written. */
export const mlflow = <S extends z.ZodType>(route: MlflowRoute<S>): MlflowRoute => route as never;

/**
 * The handler for a list of MLflow's routes: by hand and not by `httpApi`, because its client knows
 * its own form of errors only, and asks for nothing that the reference describes.
 */
export const mlflowApi = (routes: readonly MlflowRoute[]) => {
  const compiled = routes.map((route) => ({ route, pattern: compile(route.path) }));
  return async (event: HttpEvent): Promise<HttpResult> => {
    const requestId = event.requestContext.requestId;
    try {
      const { workspace: space, path } = splitWorkspace(event.rawPath);
      const { route, params } = find(compiled, event.requestContext.http.method, path);
      const caller = admit(route, space, event);
      const by = { actor: caller.actor, requestId };
      const bytes = () => uploadOf(event);
      if (route.maxBytes !== undefined && bodyOf(event).length > route.maxBytes) {
        const message = `Batched logging API requests must be at most ${route.maxBytes} bytes.`;
        throw new AppError('invalid', message);
      }
      const body = route.request ? parse(route.request, event) : undefined;
      return reply(await route.run({ space, params, body, by, caller, bytes }));
    } catch (error) {
      note(error, event);
      const { status, body } = describeError(error, requestId);
      return answer(status, JSON.stringify(body), { 'content-type': 'application/json' });
    }
  };
};

interface Compiled {
  readonly route: MlflowRoute;
  readonly pattern: RegExp;
}

const compile = (path: string): RegExp => {
  const source = path
    .replaceAll('.', '\\.')
    .replace(/\{(\w+)\+\}/g, '(?<$1>.+)')
    .replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  return new RegExp(`^${source}$`);
};

function find(routes: readonly Compiled[], method: string, path: string) {
  for (const { route, pattern } of routes) {
    if (route.method !== method) continue;
    const found = pattern.exec(path);
    if (!found) continue;
    const params = Object.entries(found.groups ?? {}).map(([k, v]) => [k, decode(v)] as const);
    return { route, params: Object.fromEntries(params) };
  }
  throw new MlflowError('ENDPOINT_NOT_FOUND', `No API found for ${method} ${path}`);
}

/** Once and no more: decoding twice is how checks on names are walked around. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Who calls, if that caller may do this in this workspace. */
function admit({ scope }: MlflowRoute, space: Space, event: HttpEvent): Caller {
  if (scope === 'public') return { actor: 'anonymous', scopes: [] };
  const caller = callerOf(event.requestContext.authorizer?.lambda, Date.now());
  requireScope(caller, scope);
  requireNames(caller, { workspaces: [space] });
  return caller;
}

const bodyOf = ({ body = '', isBase64Encoded }: HttpEvent): Buffer =>
  Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');

/**
 * The gateway hands over what is called text as text: of bytes that are no UTF-8 others are left,
 * and their number is another one.
 */
function uploadOf(event: HttpEvent): Buffer {
  const bytes = bodyOf(event);
  if (event.isBase64Encoded || !event.body?.includes('\ufffd')) return bytes;
  if (Number(event.headers['content-length']) === bytes.length) return bytes;
  throw new AppError(
    'invalid',
    `the file is called text and is not UTF-8, which would spoil it: set MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD=true and MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE=1, and the client uploads it in parts`,
  );
}

function parse(schema: z.ZodType, event: HttpEvent): unknown {
  const isQuery = event.requestContext.http.method === 'GET';
  const given = isQuery ? queryOf(event.rawQueryString) : jsonOf(event);
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new AppError('invalid', describeIssue(parsed.error.issues[0] as Issue, given));
}

type Issue = z.core.$ZodIssue;

/** In the words of MLflow's server, which name the value too. */
function describeIssue({ path, message }: Issue, given: unknown): string {
  const names = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  const field = names.join('').replace(/^\./, '') || 'request body';
  const see = 'See the API docs for more information about request parameters.';
  const value = path.reduce((at, key) => (at as Record<PropertyKey, unknown>)?.[key], given);
  const isMissing = value === undefined && message.startsWith('Invalid input');
  if (message === MISSING || isMissing) {
    return `Missing value for required parameter '${field}'. ${see}`;
  }
  if (value === undefined || message.startsWith('Parameter ')) return message;
  const text = JSON.stringify(value);
  const shown = text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}...` : text;
  return `Invalid value ${shown} for parameter '${field}' supplied: ${message}. ${see}`;
}

/** Characters of a value in a message. */
const MOST_SHOWN = 100;

/** The words that a schema uses for what must not be empty. */
export const MISSING = 'is missing';

/** A key that comes twice is a list. */
function queryOf(query: string): Record<string, string | string[]> {
  const params = new URLSearchParams(query);
  const entries = [...new Set(params.keys())].map((key) => {
    const values = params.getAll(key);
    return [key, values.length > 1 ? values : (values[0] as string)] as const;
  });
  return Object.fromEntries(entries);
}

function jsonOf(event: HttpEvent): unknown {
  const text = bodyOf(event).toString('utf8');
  try {
    // Of protocol buffers, null says that a field is not set.
    return JSON.parse(text || '{}', (_, value) => (value === null ? undefined : value));
  } catch {
    throw new AppError('invalid', 'the request body is not JSON');
  }
}

function note(error: unknown, event: HttpEvent): void {
  const id = { 'http.request.id': event.requestContext.requestId };
  if (!(error instanceof AppError))
    logger.error('request failed', { error: error as Error, ...id });
  else if (error.code === 'unauthorized' || error.code === 'forbidden') {
    logger.warn('refused', { ...refusal(event, error), ...id });
  }
}

/** Beside it there are headers. */
const LARGEST_ANSWER = 6_200_000;

function reply(given: MlflowAnswer): HttpResult {
  if ('json' in given) return reply({ text: JSON.stringify(given.json) });
  if ('text' in given) {
    const { text, contentType = 'application/json' } = given;
    if (wireBytes(text) <= LARGEST_ANSWER)
      return answer(200, text, { 'content-type': contentType });
    throw new AppError('too-large', 'the answer is larger than the 6 MB that there is room for');
  }
  if ('location' in given) return answer(302, '', { location: given.location });
  const headers = {
    'content-type': typeOf(given.name),
    'content-disposition': dispositionOf(given.name),
    'x-content-type-options': 'nosniff',
  };
  const body = Buffer.from(given.bytes).toString('base64');
  return { ...answer(200, body, headers), isBase64Encoded: true };
}

/** RFC 6266: the name in ASCII, and as it is. */
const dispositionOf = (name: string): string => {
  if (/^[\w.+-]+$/.test(name)) return `attachment; filename=${name}`;
  const plain = name.replace(/[^\x20-\x7e]|["\\]/g, '_');
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name)}`;
};

const answer = (statusCode: number, body: string, headers: Record<string, string>) => ({
  statusCode,
  headers: { ...headers, ...(statusCode === 503 && { 'retry-after': '1' }) },
  body,
});
