import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';

export type Stored = Record<string, any>;

/**
 * The table of this process in memory, as far as append-only partitions need it: reads by key and
 * by range, and transactions of new items. Pages hold no more than `page` items, as DynamoDB's hold
 * no more than a megabyte.
 */
export function memoryTable(page = 7) {
  const items = new Map<string, Stored>();
  const keyOf = ({ pk, sk }: Stored) => `${pk}|${sk}`;
  const table = mockClient(DynamoDBDocumentClient);
  table.on(GetCommand).callsFake(({ Key }) => ({ Item: items.get(keyOf(Key)) }));
  table.on(BatchGetCommand).callsFake(({ RequestItems }) => {
    const [[name, { Keys }]] = Object.entries<any>(RequestItems) as [[string, any]];
    if (Keys.length > 100) throw new Error('too many keys');
    const [now, later] = [Keys.slice(0, page), Keys.slice(page)];
    return {
      Responses: { [name]: now.flatMap((key: Stored) => items.get(keyOf(key)) ?? []) },
      UnprocessedKeys: later.length > 0 ? { [name]: { Keys: later } } : {},
    };
  });
  table.on(QueryCommand).callsFake((input) => {
    const { ExpressionAttributeValues: values, ExclusiveStartKey: start } = input;
    const forward = input.ScanIndexForward !== false;
    const found = [...items.values()]
      .filter(
        ({ pk, sk }) =>
          pk === values[':pk'] && sk >= (values[':from'] ?? '') && sk <= (values[':to'] ?? '~'),
      )
      .sort((a, b) => (a.sk < b.sk === forward ? -1 : 1))
      .filter(({ sk }) => start === undefined || (forward ? sk > start.sk : sk < start.sk));
    const Items = found.slice(0, Math.min(page, input.Limit ?? page));
    const last = Items.at(-1);
    const more = found.length > Items.length && last;
    return { Items, ...(more && { LastEvaluatedKey: { pk: last.pk, sk: last.sk } }) };
  });
  table.on(TransactWriteCommand).callsFake(({ TransactItems }) => {
    if (TransactItems.length > 100) throw new Error('too many writes');
    const puts = TransactItems.map(({ Put }: any) => Put.Item);
    const taken = puts.map((item: Stored) => items.has(keyOf(item)));
    if (taken.includes(true)) {
      throw new TransactionCanceledException({
        message: 'cancelled',
        $metadata: {},
        CancellationReasons: taken.map((is: boolean) => ({
          Code: is ? 'ConditionalCheckFailed' : 'None',
        })),
      });
    }
    for (const item of puts) items.set(keyOf(item), structuredClone(item));
    return {};
  });
  return { items, client: table, keyOf };
}
