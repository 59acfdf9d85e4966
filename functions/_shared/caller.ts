import { beyond, type Limits, type Names, unpackNames } from '#core/access/limits.ts';
import type { Scope } from '#core/access/scopes.ts';
import { AppError } from '#core/errors.ts';

/**
 * What the authoriser tells the functions behind it, all in text as API Gateway carries it. It lets
 * every request through to them, because only they can refuse in the form of their protocol
 * (docs/adr/0003-functions-refuse.md): without an `actor` there is no caller.
 */
export interface CallerContext {
  readonly actor?: string;
  /** Separated by spaces. */
  readonly scopes?: string;
  /** Packed names; none of the three is there where the caller has no limits. */
  readonly models?: string;
  readonly endpoints?: string;
  readonly workspaces?: string;
  /** Seconds since 1970 at which the token ends: the authoriser's answer may be kept for longer. */
  readonly expires?: string;
  /** Why there is no caller: one of `REFUSALS`. */
  readonly refused?: string;
}

/** Who is calling, and what that caller may do. */
export interface Caller {
  readonly actor: string;
  readonly scopes: readonly string[];
  readonly limits?: Limits;
}

/** What is said to whom; nothing that a stranger does not know already. */
export const REFUSALS = {
  malformed: 'the Authorization header holds neither an API token nor a JWT',
  unknown: 'this is not a valid API token',
  expired: 'this token has expired',
  revoked: 'this token was revoked',
  issuer: 'this JWT is from an issuer that is not trusted here',
  audience: 'this JWT was issued for another audience',
  jwt: 'this JWT is not valid: its signature, times or claims do not hold',
  scopes: 'this JWT gives no scope here',
} as const;
export type Refusal = keyof typeof REFUSALS;

/** The error for a request that shows no valid token, in words. */
export function unauthorized(context: CallerContext | undefined): AppError {
  const known = context?.actor ? 'expired' : context?.refused;
  const words = known !== undefined && Object.hasOwn(REFUSALS, known) && REFUSALS[known as Refusal];
  return new AppError('unauthorized', words || 'this needs a token: Authorization: Bearer …');
}

/** Whether a caller is there, whose token has not ended since the authoriser looked at it. */
export const isPresent = (context: CallerContext | undefined, nowMs: number): boolean =>
  context?.actor !== undefined &&
  context.actor !== '' &&
  (context.expires === undefined || nowMs < Number(context.expires) * 1000);

/** @throws AppError `unauthorized` */
export function callerOf(context: CallerContext | undefined, nowMs: number): Caller {
  if (!context?.actor || !isPresent(context, nowMs)) throw unauthorized(context);
  const { actor, scopes = '' } = context;
  return {
    actor,
    scopes: scopes.split(' ').filter(Boolean),
    ...(isLimited(context) && { limits: limitsOf(context) }),
  };
}

/** Whether one of the lists is there. */
export const isLimited = ({ models, endpoints, workspaces }: CallerContext): boolean =>
  models !== undefined || endpoints !== undefined || workspaces !== undefined;

const limitsOf = ({ models = '', endpoints = '', workspaces = '' }: CallerContext): Limits => ({
  models: unpackNames(models),
  endpoints: unpackNames(endpoints),
  workspaces: unpackNames(workspaces),
});

/** @throws AppError `forbidden` where the caller has neither the scope nor `admin` */
export function requireScope({ scopes }: Pick<Caller, 'scopes'>, scope: Scope): void {
  if (scopes.includes(scope) || scopes.includes('admin')) return;
  throw new AppError('forbidden', `this needs a token with the scope "${scope}"`);
}

/** @throws AppError `forbidden` where the caller's limits leave out one of the names */
export function requireNames({ limits }: Pick<Caller, 'limits'>, names: Names): void {
  const outside = limits && beyond(limits, names);
  if (outside === undefined) return;
  throw new AppError('forbidden', `this token is limited to other names than ${outside}`);
}

interface Refused {
  readonly rawPath: string;
  readonly requestContext: {
    readonly http: { readonly method: string };
    readonly authorizer?: { readonly lambda: CallerContext | undefined };
  };
}

/** What the log keeps of a denial: who was refused what, and why; never what was shown as proof. */
export const refusal = ({ rawPath, requestContext }: Refused, { code, message }: AppError) => ({
  'event.outcome': code,
  'event.reason': message,
  'user.name': requestContext.authorizer?.lambda?.actor,
  'http.request.method': requestContext.http.method,
  'url.path': rawPath,
});

/**
 * Models, endpoints and workspaces that a request is about beside `{model}` and `{endpoint}` of its
 * path, so that callers who are limited to some are held to them: those in its query or body, in
 * each item that it lists (what is out of reach is left out; so is what answers undefined), or in
 * its answer. `none`: it is about none of them.
 */
export type NamesRule<Q = unknown, B = unknown> =
  | 'none'
  | {
      // Methods, so that rules for any queries and bodies fit in one list.
      query?(query: Q): Names;
      body?(body: B): Names;
      readonly items?: (item: never) => Names | undefined;
      readonly answer?: (answer: never) => Names;
    };

/** @throws AppError `forbidden` where the caller's limits leave out a name in the query or body */
export function requireNamesWithin<Q, B>(
  { limits }: Caller,
  rule: NamesRule<Q, B> | undefined,
  { query, body }: { readonly query: Q; readonly body: B },
): void {
  if (!limits || !rule || rule === 'none') return;
  if (rule.query) requireNames({ limits }, rule.query(query));
  if (rule.body) requireNames({ limits }, rule.body(body));
}

/**
 * An answer's body as far as the caller's limits reach.
 * @throws AppError `forbidden` where it is about something beyond them
 */
export function withinReach({ limits }: Caller, rule: NamesRule | undefined, body: unknown) {
  if (!limits || !rule || rule === 'none') return body;
  if (rule.answer) requireNames({ limits }, rule.answer(body as never));
  if (!rule.items) return body;
  const { items, ...rest } = body as { items: unknown[] };
  const inReach = (item: unknown) => {
    const names = rule.items?.(item as never);
    return names !== undefined && beyond(limits, names) === undefined;
  };
  return { ...rest, items: items.filter(inReach) };
}
