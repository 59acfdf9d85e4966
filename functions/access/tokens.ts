import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { ulid } from 'ulid';
import type { Caller, NewToken, TokenRecord } from './schema.ts';

/** `skiff_<id>_<secret>`: the id finds the record, the secret proves the right to it. */
const TOKEN = /^Bearer skiff_([0-9A-HJKMNP-TV-Z]{26})_([\w-]{43})$/i;

/** Makes a token: the text is for its owner and is kept nowhere, the record is what is stored. */
export function mintToken(
  wanted: NewToken,
  now = new Date(),
): { token: string; record: TokenRecord } {
  const id = ulid(now.getTime());
  const secret = randomBytes(32).toString('base64url');
  const salt = randomBytes(16).toString('base64url');
  const record = { ...wanted, id, salt, hash: digest(salt, secret), createdAt: now.toISOString() };
  return { token: `skiff_${id}_${secret}`, record };
}

/** Id and secret of an `Authorization` header, or undefined where it holds no token of ours. */
export function parseAuthorization(header: string | undefined) {
  const match = TOKEN.exec(header?.trim() ?? '');
  return match ? { id: match[1]?.toUpperCase() as string, secret: match[2] as string } : undefined;
}

/** The caller whose token this is, or undefined. Takes the same time whatever the secret. */
export function verify(secret: string, record: TokenRecord): Caller | undefined {
  const given = Buffer.from(digest(record.salt, secret), 'hex');
  if (!timingSafeEqual(given, Buffer.from(record.hash, 'hex'))) return undefined;
  return { actor: record.name, scopes: record.scopes };
}

const digest = (salt: string, secret: string): string =>
  createHash('sha256').update(salt).update(secret).digest('hex');
