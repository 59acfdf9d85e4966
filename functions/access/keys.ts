import * as z from 'zod';
import { Address, type Issuer } from './issuers.ts';

const TIMEOUT_MS = 3_000;
const MAX_BYTES = 1_000_000;

/** Where an issuer's keys are: as configured, else as it says itself (OpenID Connect Discovery 1.0). */
export async function findKeys({ issuer, jwksUri }: Issuer): Promise<string> {
  if (jwksUri !== undefined) return jwksUri;
  const found = await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const { data } = Discovered.safeParse(found);
  if (data?.issuer === issuer) return data.jwks_uri;
  throw new KeysUnavailable(`the discovery document of ${issuer} is not its own`);
}

const Discovered = z.object({ issuer: z.string(), jwks_uri: Address });

/** The issuer does not answer, or not with what it should: nothing is known of its tokens. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

/** A small JSON document from where it was asked for, and from nowhere that it points to. */
export async function fetchJson(url: string): Promise<unknown> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await fetch(url, { redirect: 'error', signal });
    const text = await answer.text();
    if (!answer.ok || text.length > MAX_BYTES) throw new Error(`status ${answer.status}`);
    return JSON.parse(text);
  } catch (cause) {
    throw new KeysUnavailable(`no keys from ${url}: ${(cause as Error).message}`, { cause });
  }
}
