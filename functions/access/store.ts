import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { getItem, type Table, table } from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import { TokenRecord } from './schema.ts';

export async function findToken(id: string): Promise<TokenRecord | undefined> {
  const item = await getItem(keys.token(id));
  return item && TokenRecord.parse(item);
}

export async function putToken(record: TokenRecord, to: Table = table()): Promise<void> {
  await to.documents.send(
    new PutCommand({
      TableName: to.name,
      Item: { ...keys.token(record.id), ...record },
      ConditionExpression: 'attribute_not_exists(pk)',
    }),
  );
}
