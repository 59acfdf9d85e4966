import type { Context } from 'aws-lambda';
import type { CallerContext } from '#shared/caller.ts';
import type { HttpEvent, HttpResult } from '#shared/http.ts';

export interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** Scopes of the caller; null: no caller at all. */
  readonly scopes?: string | null;
  /** What else the authoriser says of the caller: packed `models`, `endpoints`; `expires`. */
  readonly limits?: CallerContext;
}

/** An event as API Gateway's HTTP API sends it behind our authoriser. */
export function httpEvent(call: Call): HttpEvent {
  const { method = 'GET', path = '/', scopes = 'admin', body } = call;
  const lambda = scopes === null ? undefined : { actor: 'tester', scopes, ...call.limits };
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: { ...call.headers },
    ...(call.query && { queryStringParameters: call.query }),
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    isBase64Encoded: false,
    requestContext: {
      requestId: 'gateway-id',
      stage: '$default',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      authorizer: { lambda },
    },
  } as unknown as HttpEvent;
}

type Handler = (event: HttpEvent, context: Context) => Promise<HttpResult>;

/** Calls a handler in this process and parses its answer. */
export async function invoke(handler: unknown, call: Call) {
  const context = {
    awsRequestId: 'x',
    getRemainingTimeInMillis: () => 10_000,
  } as unknown as Context;
  const result = await (handler as Handler)(httpEvent(call), context);
  return {
    status: result.statusCode,
    headers: result.headers ?? {},
    body: result.body ? JSON.parse(result.body) : undefined,
  };
}
