import middy from '@middy/core';
import type {
  APIGatewayProxyEventV2WithLambdaAuthorizer,
  APIGatewayProxyStructuredResultV2,
} from 'aws-lambda';
import * as z from 'zod';
import type { Limits } from '#core/access/limits.ts';
import type { Scope } from '#core/access/scopes.ts';
import { AppError } from '#core/errors.ts';
import {
  type Caller,
  type CallerContext,
  callerOf,
  type NamesRule,
  refusal,
  requireNames,
  requireNamesWithin,
  requireScope,
  withinReach,
} from './caller.ts';
import { check } from './check.ts';
import { logger } from './observability.ts';
import { problem } from './problem.ts';

export type HttpEvent = APIGatewayProxyEventV2WithLambdaAuthorizer<CallerContext | undefined>;
export type HttpResult = APIGatewayProxyStructuredResultV2;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A request after its route's schemas: what a domain function needs of HTTP. */
export interface Request<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly actor: string;
  /** What the caller's token allows. */
  readonly scopes: readonly string[];
  /** Whether it is limited to some names; the routes' `names` enforce that. */
  readonly limits?: Limits;
  readonly requestId: string;
  readonly idempotencyKey?: string;
  /** Revision that the caller has seen (`If-Match`). */
  readonly ifMatch?: number;
  /** What the caller would like to read (`Accept`). */
  readonly accept?: string;
}

export interface Reply {
  readonly status?: number;
  readonly body?: unknown;
  /** Where the body is a text of this type, and not JSON to be. */
  readonly contentType?: string;
  /** Becomes the `ETag`. */
  readonly revision?: number;
  readonly headers?: Record<string, string>;
}

/** What an operation promises: its documentation, its types for clients, and what is checked. */
export interface Operation<
  M extends Method = Method,
  Path extends string = string,
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
  A extends z.ZodType = z.ZodType,
> {
  readonly method: M;
  /** With parameters in braces: `/api/v1/models/{model}`. */
  readonly path: Path;
  readonly operation: string;
  readonly summary: string;
  /** What the summary leaves out; CommonMark. */
  readonly description?: string;
  /** `public`: answered without a token. */
  readonly scope: Scope | 'public';
  /** Needed where the path has neither `{model}` nor `{endpoint}`. */
  readonly names?: NamesRule<z.output<Q>, z.output<B>>;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly response: {
    readonly status: number;
    readonly schema?: R;
    /** Types of the texts that it answers too, where asked. */
    readonly texts?: readonly string[];
    /** Whether it says in `Location` where what was made is. */
    readonly location?: true;
    /** Another successful answer: `202` for what takes longer, `201` for what was not there. */
    readonly or?: { readonly status: number; readonly schema: A };
  };
  /** A POST that may be sent again: because of its `Idempotency-Key`, or as it is. */
  readonly repeat?: 'by key' | 'as it is';
  /** Takes and gives tensors in binary too, after a JSON head. */
  readonly binary?: true;
}

/** An operation that is described here and answered by other means. */
export const operation = <
  const M extends Method,
  const Path extends string,
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  R extends z.ZodType,
  A extends z.ZodType,
>(
  definition: Operation<M, Path, P, Q, B, R, A>,
): Operation<M, Path, P, Q, B, R, A> => definition;

/** One operation of the API: the only place that knows its path, scope and schemas. */
export interface Route<
  M extends Method = Method,
  Path extends string = string,
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
  A extends z.ZodType = z.ZodType,
> extends Operation<M, Path, P, Q, B, R, A> {
  // A method, so that routes of any schemas fit in one list.
  run(request: Request<z.output<P>, z.output<Q>, z.output<B>>): Reply | Promise<Reply>;
}

/** Checks a route's types where it is written, and keeps them: the client's are inferred from it. */
export const route = <
  const M extends Method,
  const Path extends string,
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  R extends z.ZodType,
  A extends z.ZodType,
>(
  definition: Route<M, Path, P, Q, B, R, A>,
): Route<M, Path, P, Q, B, R, A> => definition;

/** Builds the Lambda handler of one slice's HTTP face: find, authorise, parse, run, answer. */
export const httpApi = (routes: readonly Route[]) => {
  const compiled = routes.map((r) => ({ route: r, segments: r.path.split('/') }));
  return middy<HttpEvent, HttpResult>()
    .use(problems())
    .handler(async (event) => {
      const { match, params } = find(compiled, event);
      const caller = admit(match, params, event);
      const request = parse(match, params, event);
      requireNamesWithin(caller, match.names, request);
      const requestId = requestIdOf(event);
      const answer = await match.run({ ...request, ...caller, requestId });
      const body = withinReach(caller, match.names, answer.body);
      return reply({ ...answer, body }, match, event);
    });
};

interface Compiled {
  readonly route: Route;
  readonly segments: readonly string[];
}

function find(routes: readonly Compiled[], event: HttpEvent) {
  const path = event.rawPath.split('/').map(decodeSegment);
  const method = event.requestContext.http.method;
  const here = routes.flatMap(({ route: candidate, segments }) => {
    const params = matchPath(segments, path);
    return params ? [{ match: candidate, params }] : [];
  });
  if (here.length === 0) {
    throw new AppError(
      'not-found',
      `there is nothing at ${event.rawPath}: see /api/v1/openapi.json`,
    );
  }
  const found = here.find(({ match }) => match.method === method);
  if (found) return found;
  const allowed = here.map(({ match }) => match.method).join(', ');
  throw new AppError('method-not-allowed', `${method} is not possible here, only ${allowed}`);
}

function matchPath(segments: readonly string[], path: readonly string[]) {
  if (segments.length !== path.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, segment] of segments.entries()) {
    const given = path[i] as string;
    if (segment.startsWith('{')) params[segment.slice(1, -1)] = given;
    else if (segment !== given) return undefined;
  }
  return params;
}

/** Once and no more: decoding twice is how checks on names are walked around. */
function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

const ANYBODY: Caller = { actor: 'anonymous', scopes: [] };

/** Who calls, if that caller may call this. */
function admit(match: Route, params: Record<string, string>, event: HttpEvent): Caller {
  if (match.scope === 'public') return ANYBODY;
  const caller = callerOf(event.requestContext.authorizer?.lambda, Date.now());
  requireScope(caller, match.scope);
  const { model, endpoint } = params;
  requireNames(caller, {
    models: model === undefined ? [] : [model],
    endpoints: endpoint === undefined ? [] : [endpoint],
  });
  return caller;
}

function parse(match: Route, params: Record<string, string>, event: HttpEvent) {
  const none = z.strictObject({});
  const ifMatch = parseIfMatch(event.headers['if-match']);
  const idempotencyKey = parseIdempotencyKey(event.headers['idempotency-key']);
  return {
    params: check(match.params ?? z.record(z.string(), z.string()), params, ''),
    query: check(match.query ?? none, event.queryStringParameters ?? {}, ''),
    body: match.body ? check(match.body, jsonBody(event, match.body), '') : undefined,
    ...(ifMatch !== undefined && { ifMatch }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(event.headers.accept !== undefined && { accept: event.headers.accept }),
  };
}

function jsonBody(event: HttpEvent, schema: z.ZodType): unknown {
  // Where every field has a default, no body says as much as an empty one.
  if (!event.body && schema.safeParse({}).success) return {};
  if (!event.body) throw new AppError('invalid', 'the request needs a JSON body');
  const text = event.isBase64Encoded
    ? Buffer.from(event.body, 'base64').toString('utf8')
    : event.body;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError('invalid', `the body is not JSON: ${(error as Error).message}`);
  }
}

function parseIfMatch(header: string | undefined): number | undefined {
  if (header === undefined || header === '*') return undefined;
  const match = /^(?:W\/)?"?(\d{1,12})"?$/.exec(header.trim());
  if (!match) throw new AppError('invalid', 'If-Match: give the ETag that a GET answered');
  return Number(match[1]);
}

function parseIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (!/^[\x21-\x7e]{1,255}$/.test(header)) {
    throw new AppError('invalid', 'Idempotency-Key: 1 to 255 visible ASCII characters');
  }
  return header;
}

/** The caller's own request id where it is harmless, else the gateway's. */
function requestIdOf(event: HttpEvent): string {
  const own = event.headers['x-request-id'];
  return own && /^[\w.:-]{1,128}$/.test(own) ? own : event.requestContext.requestId;
}

function reply(answer: Reply, { response }: Route, event: HttpEvent): HttpResult {
  const { contentType = 'application/json' } = answer;
  const body = answer.contentType ? String(answer.body) : JSON.stringify(answer.body);
  return {
    statusCode: answer.status ?? response.status,
    headers: {
      ...(body !== undefined && { 'content-type': contentType }),
      'x-request-id': requestIdOf(event),
      ...(answer.revision !== undefined && { etag: `"${answer.revision}"` }),
      ...answer.headers,
    },
    ...(body !== undefined && { body }),
  };
}

const problems = (): middy.MiddlewareObj<HttpEvent, HttpResult> => ({
  onError: (request) => {
    const { event, error } = request;
    const requestId = requestIdOf(event);
    if (!(error instanceof AppError)) {
      logger.error('request failed', { error, 'http.request.id': requestId });
    } else if (error.code === 'unauthorized' || error.code === 'forbidden') {
      logger.warn('refused', { ...refusal(event, error), 'http.request.id': requestId });
    }
    request.response = problem(error, event.rawPath, requestId);
  },
});
