import { covers, packNames } from '#core/access/limits.ts';
import type { CallerContext, Refusal } from '#shared/caller.ts';
import type { Issuer } from './issuers.ts';

export type Claims = Readonly<Record<string, unknown>>;

const MAX_NAMES = 50;

/**
 * What the claims of a verified JWT give here. Whoever is limited cannot be an administrator, and
 * what a claim should say and does not is nothing.
 */
export function callerFromClaims(claims: Claims, issuer: Issuer): CallerContext {
  const actor = claimOf(claims, issuer.actorClaim);
  if (typeof actor !== 'string' || !/^[^\p{Cc}]{1,200}$/u.test(actor)) return refuse('jwt');
  if (typeof claims.exp !== 'number') return refuse('jwt');
  const limits = limitsOf(claims, issuer);
  const given = issuer.scopeClaims.flatMap((claim) => textsOf(claimOf(claims, claim)));
  const granted = given.flatMap((text) => own(issuer.scopes, text) ?? []);
  const scopes = new Set(limits ? granted.filter((scope) => scope !== 'admin') : granted);
  if (scopes.size === 0) return refuse('scopes');
  return {
    actor: `${issuer.name}:${actor}`,
    scopes: [...scopes].join(' '),
    ...limits,
    expires: String(Math.floor(claims.exp)),
  };
}

/** Packed names, or undefined where this issuer's tokens, or this one, reach everything. */
function limitsOf(claims: Claims, { modelsClaim, endpointsClaim, workspacesClaim }: Issuer) {
  const names = (claim: string | undefined) =>
    claim === undefined ? ['*'] : textsOf(claimOf(claims, claim)).slice(0, MAX_NAMES);
  const models = names(modelsClaim);
  const endpoints = names(endpointsClaim);
  const workspaces = names(workspacesClaim);
  if ([models, endpoints, workspaces].every((list) => covers(list, ''))) return undefined;
  return {
    models: packNames(models),
    endpoints: packNames(endpoints),
    workspaces: packNames(workspaces),
  };
}

/** A claim by its name, or by a path such as `realm_access.roles`. */
function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name.split('.').reduce<unknown>((value, part) => own(value, part), claims);
}

/** `a b` and `["a", "b"]` say the same. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return value.split(' ').filter(Boolean);
  return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : [];
}

/** Only what is there itself: claims come from outside. */
function own<T>(object: Readonly<Record<string, T>>, name: string): T | undefined;
function own(object: unknown, name: string): unknown;
function own(object: unknown, name: string): unknown {
  const there = typeof object === 'object' && object !== null && Object.hasOwn(object, name);
  return there ? (object as Record<string, unknown>)[name] : undefined;
}

const refuse = (refused: Refusal): CallerContext => ({ refused });
