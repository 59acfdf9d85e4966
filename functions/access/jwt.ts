import { JwtVerifier } from 'aws-jwt-verify';
import {
  JwksValidationError,
  JwtExpiredError,
  JwtInvalidAudienceError,
} from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import type { CallerContext, Refusal } from '#shared/caller.ts';
import { logger } from '#shared/observability.ts';
import { type Claims, callerFromClaims } from './claims.ts';
import { type Issuer, parseIssuers } from './issuers.ts';
import { fetchJson, findKeys, KeysUnavailable } from './keys.ts';

/*
 * JWTs of other issuers. This module is loaded when the first one comes, and keeps the issuers'
 * keys for as long as the function lives; a key that is not among them is looked for again, at most
 * every ten seconds.
 */

type Verify = (jwt: string) => Promise<Claims>;

const jwks = new SimpleJwksCache({
  fetcher: { fetch: async (uri) => encode(await fetchJson(uri)) },
});
const trusted = new Map<string, Promise<Verify>>();
let issuers: readonly Issuer[] | undefined;

/**
 * Who shows this JWT.
 * @throws where an issuer's keys cannot be had, so that no answer is kept
 */
export async function callerOfJwt(jwt: string): Promise<CallerContext> {
  const issuer = issuerOf(jwt);
  if (typeof issuer === 'string') return refuse(issuer);
  const verify = await verifierOf(issuer);
  try {
    return callerFromClaims(await verify(jwt), issuer);
  } catch (error) {
    if (error instanceof KeysUnavailable || error instanceof JwksValidationError) throw error;
    logger.info('JWT refused', { 'event.reason': (error as Error).message });
    return refuse(reasonOf(error));
  }
}

/** Of those that are trusted; nobody else is ever asked for keys. */
function issuerOf(jwt: string): Issuer | Refusal {
  issuers ??= parseIssuers(process.env.SKIFF_OIDC_ISSUERS || '[]');
  try {
    const { iss } = decomposeUnverifiedJwt(jwt).payload;
    return issuers.find(({ issuer }) => issuer === iss) ?? 'issuer';
  } catch {
    return 'jwt';
  }
}

/** The verifier of an issuer, made once it is known where its keys are. */
function verifierOf(issuer: Issuer): Promise<Verify> {
  const known = trusted.get(issuer.issuer);
  if (known !== undefined) return known;
  const made = prepare(issuer);
  trusted.set(issuer.issuer, made);
  made.catch(() => trusted.delete(issuer.issuer));
  return made;
}

async function prepare(issuer: Issuer): Promise<Verify> {
  const verifier = JwtVerifier.create(
    {
      issuer: issuer.issuer,
      jwksUri: await findKeys(issuer),
      audience: issuer.audienceClaim === 'aud' ? issuer.audiences : null,
      customJwtCheck: ({ payload }) => checkAudience(payload, issuer),
    },
    { jwksCache: jwks },
  );
  return (jwt) => verifier.verify(jwt);
}

/** Where it stands in another claim than `aud`. */
function checkAudience(claims: Claims, { audienceClaim, audiences }: Issuer): void {
  const given = claims[audienceClaim];
  if (audienceClaim === 'aud' || (typeof given === 'string' && audiences.includes(given))) return;
  throw new JwtInvalidAudienceError('Audience not allowed', given, audiences);
}

function reasonOf(error: unknown): Refusal {
  if (error instanceof JwtExpiredError) return 'expired';
  return error instanceof JwtInvalidAudienceError ? 'audience' : 'jwt';
}

const refuse = (refused: Refusal): CallerContext => ({ refused });

function encode(value: unknown): ArrayBuffer {
  return new TextEncoder().encode(JSON.stringify(value)).buffer as ArrayBuffer;
}
