import { call, dynamoTarget, type Item, objectUrl } from './aws-read.ts';

/*
 * PutItem and PutObject in the way of aws-read.ts. Both may be done twice: an item or object of one
 * key is written whole.
 */

export async function putItem(table: string, item: Item): Promise<void> {
  await call(dynamoTarget('PutItem', { TableName: table, Item: item }));
}

export async function putObject(bucket: string, key: string, bytes: Uint8Array): Promise<void> {
  await call({
    url: objectUrl(bucket, key),
    method: 'PUT',
    headers: { 'content-length': String(bytes.length) },
    body: bytes,
    service: 's3',
    maxBytes: 2 ** 16,
  });
}
