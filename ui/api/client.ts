import { DEFAULT_WORKSPACE } from '#core/tracking/workspace.ts';
import { signOut, token } from './session.ts';

/** What the API answered instead of what was asked for. `status` is 0 where it did not answer. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls the API of this page's own host with the token of this tab; a token that is not taken
 * signs out.
 * @throws ApiError for any answer that is none of 2xx, and where there is none
 */
export async function callApi<T>(path: string, call: Call = {}): Promise<T> {
  const text = await callForText(path, call);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** The same for answers that are not JSON, such as pages. */
export async function callForText(path: string, { query, body, ...call }: Call): Promise<string> {
  const shown = token();
  const response = await send(path + searchOf(query), {
    method: call.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      authorization: `Bearer ${shown ?? ''}`,
      ...call.headers,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(call.signal && { signal: call.signal }),
  });
  const text = await response.text();
  if (response.ok) return text;
  // Another may be signed in by now, whom this answer does not concern.
  if (response.status === 401 && token() === shown) signOut(true);
  throw errorOf(response.status, text);
}

/** MLflow's API in a workspace: `mlflow('team-a', 'runs/get', { query })`. */
export const callMlflow = <T>(workspace: string, path: string, call: Call = {}): Promise<T> =>
  callApi<T>(`${prefixOf(workspace)}/api/2.0/mlflow/${path}`, call);

export const prefixOf = (workspace: string): string =>
  workspace === DEFAULT_WORKSPACE ? '' : `/${encodeURIComponent(workspace)}`;

/** @param path of the API, which begins where this page's address has `/ui` */
async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`.${path}`, { ...init, cache: 'no-store', credentials: 'omit' });
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    throw new ApiError(0, 'NO_ANSWER', 'The API does not answer. Are you online?');
  }
}

function searchOf(query: Call['query'] = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const search = new URLSearchParams(
    given.map(([key, value]): [string, string] => [key, String(value)]),
  );
  return given.length > 0 ? `?${search}` : '';
}

/** MLflow's form of an error, or the problem details of Skiff's own routes, or neither. */
export function errorOf(status: number, text: string): ApiError {
  const body = parse(text);
  const code = body.error_code ?? body.code ?? String(status);
  const message = body.message ?? body.detail ?? body.title ?? `The API answered ${status}.`;
  return new ApiError(status, String(code), String(message));
}

function parse(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
