import { randomUUID } from 'node:crypto';
import { ApiError } from './errors.ts';
import type { Answer, Input, ItemOf, OperationKey, PagedKey } from './operations.ts';
import { REPEATABLE_POSTS } from './repeatable.ts';
import { type ClientOptions, type HttpAnswer, send } from './transport.ts';

/** What every call may say beside its own input. */
export interface CallOptions {
  /** Revision that the caller has seen: a change that somebody else made since is not overwritten. */
  readonly ifMatch?: number;
  /** One key for one intention; made up where it is left out. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

interface RawOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Client {
  readonly url: string;
  /** Calls an operation; @throws ApiError where it says no, NetworkError where nobody answers. */
  call<K extends OperationKey>(key: K, ...input: Given<K>): Promise<Answer<K>>;
  /** As `call`, with status and headers. */
  ask<K extends OperationKey>(key: K, ...input: Given<K>): Promise<HttpAnswer<Answer<K>>>;
  /** As `call`, for an answer that is asked for as text. */
  text<K extends OperationKey>(key: K, ...input: Given<K>): Promise<string>;
  /** All entries of a list, page by page as they are needed. */
  pages<K extends PagedKey>(key: K, ...input: Given<K>): AsyncGenerator<ItemOf<K>, void>;
  /** One attempt at any method and path; whatever is answered is returned. */
  raw<T = unknown>(method: string, path: string, options?: RawOptions): Promise<HttpAnswer<T>>;
}

/** The input may be left out where nothing in it is required. */
export type Given<K extends OperationKey> =
  Record<never, never> extends Input<K>
    ? [input?: Input<K> & CallOptions]
    : [input: Input<K> & CallOptions];

/** A client of one deployment. Its types are those of the API's own routes. */
export function createClient(options: ClientOptions): Client {
  const ask: Client['ask'] = async <K extends OperationKey>(key: K, ...[input]: Given<K>) =>
    checked(key, await perform(options, key, input ?? {})) as HttpAnswer<Answer<K>>;
  return {
    url: options.url,
    ask,
    call: async (key, ...input) => (await ask(key, ...input)).body,
    text: async (key, ...input) => textOf(await ask(key, ...input)),
    pages: (key, ...[input]) => eachPage(options, key, input ?? {}),
    raw: async <T>(method: string, path: string, more: RawOptions = {}) => {
      const once = { ...options, retries: 0 };
      return (await send(once, { method, path, repeatable: false, ...more })) as HttpAnswer<T>;
    },
  };
}

type AnyInput = CallOptions & {
  readonly params?: object | undefined;
  readonly query?: object | undefined;
  readonly body?: unknown;
};

function perform(options: ClientOptions, key: string, input: AnyInput): Promise<HttpAnswer> {
  const [method, template] = key.split(' ') as [string, string];
  const isPost = method === 'POST';
  const { ifMatch, idempotencyKey = isPost ? randomUUID() : undefined, signal, body } = input;
  return send(options, {
    method,
    path: fill(template, input.params ?? {}) + queryOf(input.query ?? {}),
    headers: {
      'if-match': ifMatch === undefined ? undefined : `"${ifMatch}"`,
      'idempotency-key': idempotencyKey,
    },
    body,
    signal,
    repeatable: !isPost || REPEATABLE_POSTS.has(key),
  });
}

function checked(key: string, answer: HttpAnswer): HttpAnswer {
  if (answer.status < 400) return answer;
  throw new ApiError(key, answer);
}

async function* eachPage<K extends PagedKey>(
  options: ClientOptions,
  key: K,
  input: AnyInput,
): AsyncGenerator<ItemOf<K>, void> {
  let cursor: string | undefined;
  do {
    const query = { ...input.query, ...(cursor !== undefined && { cursor }) };
    const { body } = checked(key, await perform(options, key, { ...input, query }));
    const page = body as { items: ItemOf<K>[]; nextCursor?: string };
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

const fill = (template: string, params: object): string =>
  template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = (params as Record<string, unknown>)[name];
    if (value === undefined || value === '') throw new TypeError(`${template}: ${name} is missing`);
    return encodeURIComponent(String(value));
  });

function queryOf(query: object): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(
    Object.fromEntries(given.map(([name, value]) => [name, String(value)])),
  ).toString();
  return text && `?${text}`;
}

const textOf = ({ body }: HttpAnswer): string =>
  typeof body === 'string' ? body : JSON.stringify(body);
