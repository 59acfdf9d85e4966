import { packNames } from '#core/access/limits.ts';
import type { CallerContext, Refusal } from '#shared/caller.ts';
import { logger } from '#shared/observability.ts';
import { findToken, noteUse } from './records.ts';
import type { TokenRecord } from './schema.ts';
import { parseToken, proves, statusOf } from './tokens.ts';

/** More than any token has; whatever is longer is not looked at. */
const MAX_HEADER = 8_192;
/** Even without a signature: its refusal says more than that it is none. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/;
const BEARER = /^Bearer +(\S+)$/i;
const BASIC = /^Basic +([\w+/]+=*)$/i;

/** Who shows this `Authorization` header. @throws what storage says where it does not answer */
export async function authenticate(header: string | undefined, now: Date): Promise<CallerContext> {
  const credential = header && header.length <= MAX_HEADER && credentialIn(header.trim());
  if (!credential) return refuse('malformed');
  // Loaded when one comes, because most installations never see any.
  if (JWT.test(credential)) return (await import('./jwt.ts')).callerOfJwt(credential);
  const presented = parseToken(credential);
  if (!presented) return refuse('malformed');
  const record = await findToken(presented.id);
  if (!record || !proves(presented.secret, record)) return refuse('unknown');
  const status = statusOf(record, now);
  if (status !== 'active') return refuse(status);
  // Not waited for: the caller must not pay for it.
  noteUse(record, now).catch((error) => logger.warn('the use of a token was not noted', { error }));
  return contextOf(record);
}

/** A bearer token; or the password of basic authentication, for clients that know only that. */
function credentialIn(header: string): string | undefined {
  const basic = BASIC.exec(header)?.[1];
  if (basic === undefined) return BEARER.exec(header)?.[1];
  const [, password] = /^[^:]*:(\S+)$/.exec(Buffer.from(basic, 'base64').toString('utf8')) ?? [];
  return password;
}

function contextOf({ name, scopes, expires, ...limits }: TokenRecord): CallerContext {
  const { models, endpoints, workspaces } = limits;
  return {
    actor: name,
    scopes: scopes.join(' '),
    ...(models && { models: packNames(models) }),
    ...(endpoints && { endpoints: packNames(endpoints) }),
    ...(workspaces && { workspaces: packNames(workspaces) }),
    ...(expires !== undefined && { expires: String(Math.floor(Date.parse(expires) / 1000)) }),
  };
}

const refuse = (refused: Refusal): CallerContext => ({ refused });
