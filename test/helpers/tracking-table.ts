import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import {
  BatchExecuteStatementCommand,
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';

type Stored = Record<string, any>;
type Put = { Item: Stored; ConditionExpression?: string; ExpressionAttributeValues?: Stored };

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** The table in memory, as far as what is tracked needs it, with pages of a few items. */
export function trackingTable(page = 5) {
  const items = new Map<string, Stored>();
  const keyOf = ({ pk, sk }: Stored) => {
    if (Buffer.byteLength(pk) > 2048 || Buffer.byteLength(sk) > 1024) {
      throw Object.assign(new Error('a key is too long'), { name: 'ValidationException' });
    }
    return `${pk}|${sk}`;
  };
  /** What somebody else does just before something is deleted, once. */
  const hooks: { beforeDelete?: (() => Promise<void>) | undefined } = {};
  const meet = async () => {
    const { beforeDelete } = hooks;
    hooks.beforeDelete = undefined;
    await beforeDelete?.();
  };
  const client = mockClient(DynamoDBDocumentClient);
  const holds = ({ Item, ConditionExpression, ExpressionAttributeValues }: Put) => {
    const there = items.get(keyOf(Item));
    if (!ConditionExpression) return true;
    if (ConditionExpression === 'attribute_not_exists(pk)') return !there;
    if (ConditionExpression === 'attribute_not_exists(rev)') return there?.rev === undefined;
    if (ConditionExpression === 'revision = :seen') {
      return there?.revision === ExpressionAttributeValues?.[':seen'];
    }
    if (ConditionExpression === 'attribute_not_exists(rev) OR rev < :mine') {
      const mine = ExpressionAttributeValues?.[':mine'];
      if (there?.rev === undefined) return true;
      return there.rev < mine;
    }
    throw new Error(`unknown condition ${ConditionExpression}`);
  };
  const put = (item: Stored) => items.set(keyOf(item), structuredClone(item));
  client.on(GetCommand).callsFake(({ Key }) => ({ Item: items.get(keyOf(Key)) }));
  client.on(BatchGetCommand).callsFake(({ RequestItems }) => {
    const [[name, { Keys }]] = Object.entries<any>(RequestItems) as [[string, any]];
    if (Keys.length > 100) throw new Error('too many keys');
    if (new Set(Keys.map(keyOf)).size < Keys.length) throw new Error('keys twice');
    return { Responses: { [name]: Keys.flatMap((key: Stored) => items.get(keyOf(key)) ?? []) } };
  });
  client.on(QueryCommand).callsFake((input) => {
    const { ':pk': pk, ':from': from, ':to': to } = input.ExpressionAttributeValues;
    keyOf({ pk, sk: from });
    if (byBytes(from, to) > 0) throw new Error('BETWEEN is upside down');
    const direction = input.ScanIndexForward === false ? -1 : 1;
    const start = input.ExclusiveStartKey;
    const found = [...items.values()]
      .filter((item) => item.pk === pk && byBytes(item.sk, from) >= 0 && byBytes(item.sk, to) <= 0)
      .sort((a, b) => direction * byBytes(a.sk, b.sk))
      .filter(({ sk }) => !start || direction * byBytes(sk, start.sk) > 0);
    const Items = found.slice(0, Math.min(page, input.Limit ?? page));
    const last = Items.at(-1);
    return {
      Items,
      ...(found.length > Items.length && last && { LastEvaluatedKey: { pk, sk: last.sk } }),
    };
  });
  client.on(PutCommand).callsFake((input) => {
    if (!holds(input)) throw new ConditionalCheckFailedException({ message: 'no', $metadata: {} });
    put(input.Item);
    return {};
  });
  client.on(DeleteCommand).callsFake(async ({ Key, ...condition }) => {
    await meet();
    if (!holds({ Item: Key, ...condition })) {
      throw new ConditionalCheckFailedException({ message: 'no', $metadata: {} });
    }
    items.delete(keyOf(Key));
    return {};
  });
  client.on(BatchWriteCommand).callsFake(async ({ RequestItems }) => {
    const [requests] = Object.values<any>(RequestItems) as [any[]];
    if (requests.length > 25) throw new Error('too many writes');
    for (const { PutRequest, DeleteRequest } of requests) {
      if (DeleteRequest) await meet();
      if (PutRequest) put(PutRequest.Item);
      else items.delete(keyOf(DeleteRequest.Key));
    }
    return {};
  });
  client.on(BatchExecuteStatementCommand).callsFake(async ({ Statements }) => {
    if (Statements.length > 25) throw new Error('too many statements');
    const Responses: object[] = [];
    for (const { Statement, Parameters } of Statements) {
      const [pk, sk, rev] = Parameters;
      if (Statement.startsWith('DELETE')) await meet();
      const there = items.get(keyOf({ pk, sk }));
      const isInsert = /^INSERT INTO "table" VALUE \{'pk': \?, 'sk': \?, 'rev': \?\}$/.test(
        Statement,
      );
      const isDelete = Statement === 'DELETE FROM "table" WHERE pk = ? AND sk = ? AND rev <= ?';
      if (!isInsert && !isDelete) throw new Error(`unknown statement ${Statement}`);
      const Code = isInsert
        ? there && 'DuplicateItem'
        : !(there?.rev <= rev) && 'ConditionalCheckFailed';
      if (!Code && isInsert) put({ pk, sk, rev });
      if (!Code && isDelete) items.delete(keyOf({ pk, sk }));
      Responses.push(Code ? { Error: { Code } } : {});
    }
    return { Responses };
  });
  client.on(TransactWriteCommand).callsFake(({ TransactItems }) => {
    const failed = TransactItems.map(({ Put: one }: any) => one && !holds(one));
    if (failed.includes(true)) {
      throw new TransactionCanceledException({
        message: 'cancelled',
        $metadata: {},
        CancellationReasons: failed.map((no: boolean) => ({
          Code: no ? 'ConditionalCheckFailed' : 'None',
        })),
      });
    }
    for (const { Put: one, Delete } of TransactItems) {
      if (one) put(one.Item);
      else items.delete(keyOf(Delete.Key));
    }
    return {};
  });
  return { items, client, hooks };
}
