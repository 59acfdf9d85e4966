import { setTimeout as sleep } from 'node:timers/promises';
import { NetworkError } from './errors.ts';

/** Where an API is, who calls it, and how patiently. */
export interface ClientOptions {
  readonly url: string;
  readonly token?: string | undefined;
  /** Further attempts where one may succeed: 4, unless said otherwise. */
  readonly retries?: number;
  /** First wait in milliseconds; doubles with each attempt, and a random part of it is taken. */
  readonly backoffMs?: number;
  /** For one attempt: 35 seconds, unless said otherwise. */
  readonly timeoutMs?: number;
  readonly fetch?: typeof fetch;
}

export interface HttpRequest {
  readonly method: string;
  /** With its query, already encoded. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Whether it does no harm to send it again when nobody knows what became of it. */
  readonly repeatable: boolean;
}

export interface HttpAnswer<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON, else text; undefined where there is none. */
  readonly body: T;
}

const LONGEST_WAIT_MS = 20_000;

/**
 * Sends a request, and again where that may help: after 429 and 503, which say that nothing was
 * done, and for repeatable requests also after other 5xx of gateways and lost connections.
 *
 * @throws NetworkError where no attempt got an answer
 */
export async function send(options: ClientOptions, request: HttpRequest): Promise<HttpAnswer> {
  const { retries = 4 } = options;
  for (let attempt = 0; ; attempt++) {
    const outcome = await once(options, request).catch((error: unknown) => {
      request.signal?.throwIfAborted();
      if (attempt >= retries || !request.repeatable) throw unreachable(options, error);
      return undefined;
    });
    if (outcome && (attempt >= retries || !mayHelp(outcome.status, request))) return outcome;
    await sleep(waitFor(options, attempt, outcome), undefined, { signal: request.signal });
  }
}

async function once(options: ClientOptions, request: HttpRequest): Promise<HttpAnswer> {
  const { url, token, timeoutMs = 35_000, fetch = globalThis.fetch } = options;
  const { method, path, body, signal } = request;
  const timeout = AbortSignal.timeout(timeoutMs);
  const response = await fetch(`${url.replace(/\/+$/, '')}${path}`, {
    method,
    headers: headersOf(request, token),
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: parse(response, text) };
}

function headersOf({ headers, body }: HttpRequest, token: string | undefined) {
  const all = {
    ...(token && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...headers,
  };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function parse({ headers }: Response, text: string): unknown {
  if (text === '') return undefined;
  if (!/[/+]json\b/.test(headers.get('content-type') ?? '')) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const mayHelp = (status: number, { repeatable }: HttpRequest): boolean =>
  status === 429 || status === 503 || (repeatable && (status === 502 || status === 504));

/** What the answer asks for, else "full jitter": any time up to a bound that doubles. */
function waitFor({ backoffMs = 200 }: ClientOptions, attempt: number, answer?: HttpAnswer): number {
  const asked = Number(answer?.headers.get('retry-after')) * 1000;
  const bound = Math.min(backoffMs * 2 ** attempt, LONGEST_WAIT_MS);
  const jittered = Math.random() * bound;
  return asked > 0 ? Math.min(asked + jittered, LONGEST_WAIT_MS) : jittered;
}

function unreachable({ url }: ClientOptions, error: unknown): NetworkError {
  const { message, cause, name } = error as Error & { cause?: { code?: string } };
  const why = name === 'TimeoutError' ? 'no answer in time' : (cause?.code ?? message);
  return new NetworkError(`${url} cannot be reached (${why})`, { cause: error });
}
