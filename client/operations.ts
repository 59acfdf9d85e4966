import type * as z from 'zod';
import type { Operation } from '#shared/http.ts';
import type { ApiOperation } from '#slices/reference';

/** `GET /api/v1/models/{model}` and so on: all that the API can do. */
export type OperationKey = keyof Operations;

/** What an operation takes: `params`, `query` and `body`, as its route's schemas say. */
export type Input<K extends OperationKey> = InputOf<OperationOf<K>>;

/** What an operation answers where it succeeds. */
export type Answer<K extends OperationKey> = AnswerOf<OperationOf<K>>;

/** Operations that answer pages, and what is in them. */
export type PagedKey = {
  [K in OperationKey]: Answer<K> extends { items: unknown[]; nextCursor?: string | undefined }
    ? K
    : never;
}[OperationKey];
export type ItemOf<K extends PagedKey> = Answer<K> extends { items: (infer Item)[] } ? Item : never;

type KeyOf<O> = O extends Operation<infer Method, infer Path> ? `${Method} ${Path}` : never;
/** Looked up and not searched for: the compiler has only so much patience. */
type Operations = { [O in ApiOperation as KeyOf<O>]: O };
type OperationOf<K extends OperationKey> = Operations[K];

type InputOf<O> =
  O extends Operation<infer _M, infer _Path, infer P, infer Q, infer B>
    ? Part<'params', P> & Part<'query', Q> & Part<'body', B>
    : never;

/** One part of a request; it may be left out where each of its fields may. */
type Part<Name extends string, S extends z.ZodType> = z.ZodType extends S
  ? { readonly [N in Name]?: undefined }
  : Record<never, never> extends Given<S>
    ? { readonly [N in Name]?: Given<S> }
    : { readonly [N in Name]: Given<S> };

/** Input of a schema; what it converts from text (`limit=10`) is given as what it becomes. */
type Given<S extends z.ZodType> =
  S extends z.ZodType<infer Out, infer In>
    ? { [K in keyof In]: unknown extends In[K] ? (K extends keyof Out ? Out[K] : unknown) : In[K] }
    : never;

type AnswerOf<O> =
  O extends Operation<infer _M, infer _Path, infer _P, infer _Q, infer _B, infer R, infer A>
    ? (z.ZodType extends R ? undefined : z.output<R>) | (z.ZodType extends A ? never : z.output<A>)
    : never;
