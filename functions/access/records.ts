import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { getItem, type Item, table } from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import type { TokenRecord } from './schema.ts';

/** Between two notes of a token's use. */
const NOTED_EVERY_MS = 5 * 60_000;

export async function findToken(id: string): Promise<TokenRecord | undefined> {
  const item = await getItem(keys.token(id));
  return item && recordOf(item);
}

export function recordOf({ pk, sk, gsi1pk, gsi1sk, ...record }: Item): TokenRecord {
  return record as unknown as TokenRecord;
}

/**
 * Notes that a token was used, once in a while. Nobody waits for it; where it fails, the next use
 * notes it again.
 */
export async function noteUse({ id, lastUsedAt }: TokenRecord, now: Date): Promise<void> {
  const before = new Date(now.getTime() - NOTED_EVERY_MS).toISOString();
  if (lastUsedAt !== undefined && lastUsedAt > before) return;
  const { documents, name } = table();
  const update = new UpdateCommand({
    TableName: name,
    Key: keys.token(id),
    UpdateExpression: 'SET lastUsedAt = :now',
    ConditionExpression:
      'attribute_exists(pk) AND (attribute_not_exists(lastUsedAt) OR lastUsedAt <= :before)',
    ExpressionAttributeValues: { ':now': now.toISOString(), ':before': before },
  });
  await documents.send(update).catch((error: unknown) => {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  });
}
