import { AppError, invalidField } from '#core/errors.ts';
import {
  type Page,
  type PageRequest,
  queryPage,
  type Table,
  table,
  transact,
} from '#shared/dynamo.ts';
import { earlierResult, type Idempotency, rememberWrite } from '#shared/idempotency.ts';
import { keys, TOKENS_INDEX } from '#shared/keys.ts';
import { auditWrite } from '#slices/governance';
import { findToken, recordOf } from './records.ts';
import type { NewToken, Token, TokenRecord } from './schema.ts';
import { describeToken, mintToken } from './tokens.ts';

export interface By {
  readonly actor: string;
  readonly requestId?: string;
  readonly idempotency?: Idempotency | undefined;
}

/**
 * Makes and stores an API token. Its text is in this answer and nowhere else.
 * @throws AppError `conflict` for a repeated idempotency key: the text cannot be had again
 */
export async function createToken(
  wanted: NewToken,
  by: By,
  to: Table = table(),
  now = new Date(),
): Promise<Token & { token: string }> {
  if (wanted.expires !== undefined && Date.parse(wanted.expires) <= now.getTime()) {
    throw invalidField('expires', 'must be in the future');
  }
  const earlier = await earlierResult(by.idempotency);
  if (earlier !== undefined) throw shownBefore(earlier);
  const { token, record } = mintToken(wanted, by.actor, now);
  const { salt, hash, ...after } = record;
  const put = {
    Put: {
      TableName: to.name,
      Item: { ...keys.token(record.id), gsi1pk: TOKENS_INDEX, gsi1sk: record.id, ...record },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  };
  const event = { name: 'TokenCreated', detail: subjectOf(record) } as const;
  const audit = auditWrite({ ...about(record, 'create', by), after, event, at: now }, to);
  const remember = by.idempotency ? [rememberWrite(by.idempotency, record.id, now, to)] : [];
  if ((await transact([put, audit, ...remember], to)) !== undefined) throw shownBefore(record.id);
  return { ...describeToken(record, now), token };
}

/** Ends a token for good; saying it again changes nothing. @throws AppError `not-found` */
export async function revokeToken(id: string, by: By, now = new Date()): Promise<void> {
  const record = await existing(id);
  if (record.revokedAt !== undefined) return;
  const revoked = { revokedAt: now.toISOString(), revokedBy: by.actor };
  const update = {
    Update: {
      TableName: table().name,
      Key: keys.token(id),
      UpdateExpression: 'SET revokedAt = :at, revokedBy = :by',
      ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(revokedAt)',
      ExpressionAttributeValues: { ':at': revoked.revokedAt, ':by': by.actor },
    },
  };
  const { salt, hash, ...before } = record;
  const event = { name: 'TokenRevoked', detail: subjectOf(record) } as const;
  const change = { ...about(record, 'revoke', by), before, after: { ...before, ...revoked } };
  // Where the condition fails, somebody else has revoked it just now.
  await transact([update, auditWrite({ ...change, event, at: now })]);
}

/** @throws AppError `not-found` */
export const getToken = async (id: string, now = new Date()): Promise<Token> =>
  describeToken(await existing(id), now);

/** Newest first; those that have ended too. */
export async function listTokens(page: PageRequest, now = new Date()): Promise<Page<Token>> {
  const found = await queryPage(
    {
      IndexName: 'gsi1',
      KeyConditionExpression: 'gsi1pk = :pk',
      ExpressionAttributeValues: { ':pk': TOKENS_INDEX },
      ScanIndexForward: false,
    },
    page,
    (id) => ({ ...keys.token(id), gsi1pk: TOKENS_INDEX, gsi1sk: id }),
  );
  return { ...found, items: found.items.map((item) => describeToken(recordOf(item), now)) };
}

async function existing(id: string): Promise<TokenRecord> {
  const record = await findToken(id);
  if (!record) throw new AppError('not-found', `there is no token "${id}"`);
  return record;
}

const subjectOf = ({ id, name, scopes }: TokenRecord) => ({ token: id, name, scopes });

const about = ({ id }: TokenRecord, verb: string, { actor, requestId }: By) => ({
  action: `token.${verb}`,
  resource: `token/${id}`,
  actor,
  requestId,
});

const shownBefore = (id: string) =>
  new AppError(
    'conflict',
    `a token was made for this Idempotency-Key and shown once: its id is ${id}. Revoke it and make another with a new key if its text was lost`,
  );
