import { createHash } from 'node:crypto';
import { AppError } from '#core/errors.ts';
import { getItem, type Table, table, type Write } from './dynamo.ts';
import { keys } from './keys.ts';

/** As long as a client may still be retrying. */
const KEPT_SECONDS = 48 * 3600;

export interface Idempotency {
  readonly actor: string;
  readonly operation: string;
  readonly key: string;
  readonly requestDigest: string;
}

/** What makes two requests the same: caller, operation, key; and `request` must not differ. */
export function idempotencyOf(
  request: { actor: string; idempotencyKey?: string },
  operation: string,
  content: unknown,
): Idempotency | undefined {
  if (request.idempotencyKey === undefined) return undefined;
  return {
    actor: request.actor,
    operation,
    key: request.idempotencyKey,
    requestDigest: sha256(JSON.stringify(content)),
  };
}

/** What the first request with this key made, or undefined if this is the first. */
export async function earlierResult(
  idempotency: Idempotency | undefined,
): Promise<string | undefined> {
  if (!idempotency) return undefined;
  const item = await getItem(keyOf(idempotency));
  if (!item) return undefined;
  if (item.requestDigest === idempotency.requestDigest) return String(item.result);
  throw new AppError(
    'unprocessable',
    'Idempotency-Key: was used before with another request; use a new key for a new request',
  );
}

/** Remembers the result; belongs in the transaction that makes it. */
export function rememberWrite(
  idempotency: Idempotency,
  result: string,
  now: Date,
  to: Table = table(),
): Write {
  return {
    Put: {
      TableName: to.name,
      Item: {
        ...keyOf(idempotency),
        requestDigest: idempotency.requestDigest,
        result,
        expiresAt: Math.floor(now.getTime() / 1000) + KEPT_SECONDS,
      },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  };
}

const keyOf = ({ actor, operation, key }: Idempotency) =>
  keys.idempotency(sha256(JSON.stringify([actor, operation, key])));

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
