import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { ulid } from 'ulid';
import type { NewToken, Token, TokenRecord } from './schema.ts';

/** `skiff_<id>_<secret>`: the id finds the record, the secret proves the right to it. */
const TOKEN = /^skiff_([0-9A-HJKMNP-TV-Z]{26})_([\w-]{43})$/i;

/** Makes a token: the text is for its owner and is kept nowhere, the record is what is stored. */
export function mintToken(
  wanted: NewToken,
  createdBy: string,
  now = new Date(),
): { token: string; record: TokenRecord } {
  const id = ulid(now.getTime());
  const secret = randomBytes(32).toString('base64url');
  const salt = randomBytes(16).toString('base64url');
  const createdAt = now.toISOString();
  const record = { ...wanted, id, createdAt, createdBy, salt, hash: digest(salt, secret) };
  return { token: `${prefixOf(id)}_${secret}`, record };
}

/** Id and secret of a token's text, or undefined where it is none of ours. */
export function parseToken(text: string): { id: string; secret: string } | undefined {
  const match = TOKEN.exec(text);
  return match ? { id: match[1]?.toUpperCase() as string, secret: match[2] as string } : undefined;
}

/** Whether the secret is the one that the record was made with; in the same time whatever it is. */
export const proves = (secret: string, { salt, hash }: TokenRecord): boolean =>
  timingSafeEqual(Buffer.from(digest(salt, secret), 'hex'), Buffer.from(hash, 'hex'));

export function statusOf({ revokedAt, expires }: TokenRecord, now: Date): Token['status'] {
  if (revokedAt !== undefined) return 'revoked';
  return expires !== undefined && Date.parse(expires) <= now.getTime() ? 'expired' : 'active';
}

/** What is told of a token. */
export function describeToken(record: TokenRecord, now: Date): Token {
  const { salt, hash, ...told } = record;
  return { ...told, prefix: prefixOf(record.id), status: statusOf(record, now) };
}

const prefixOf = (id: string): string => `skiff_${id}`;

const digest = (salt: string, secret: string): string =>
  createHash('sha256').update(salt).update(secret).digest('hex');
