import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';

type Item = Record<string, any>;
interface Conditional {
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeValues?: Item;
  readonly UpdateExpression?: string;
}

/** What happens around one of the coming writes: something else, a crash, or a lost answer. */
export interface Disturbance {
  /** 1 for the next one. */
  readonly write: number;
  readonly before?: () => Promise<void>;
  readonly after?: () => Promise<void>;
  readonly crash?: 'before' | 'after';
}

/** What a crash throws: no error that the code knows. */
class Crash extends Error {}
export const isCrash = (error: unknown): boolean => error instanceof Crash;

/**
 * The one table in memory: reads, conditional puts and transactions, as far as stores use them.
 * Unit tests of rules lean on it; what DynamoDB itself does is shown by the tests against the
 * deployed stack.
 */
export function fakeTable() {
  process.env.TABLE_NAME = 'table';
  const items = new Map<string, Item>();
  const client = mockClient(DynamoDBDocumentClient);
  let failing = 0;
  let disturbance: Disturbance | undefined;
  let writes = 0;
  /** Makes a write, disturbed where that is asked for. */
  const disturbed = async <T>(write: () => T): Promise<T> => {
    const now = disturbance?.write === ++writes ? disturbance : undefined;
    if (now) disturbance = undefined;
    await now?.before?.();
    if (now?.crash === 'before') throw new Crash();
    const done = write();
    if (now?.crash === 'after') throw new Crash();
    await now?.after?.();
    return done;
  };
  const keyOf = ({ pk, sk }: Item) => `${pk}\n${sk}`;
  const put = (item: Item) => void items.set(keyOf(item), structuredClone(item));
  client.on(GetCommand).callsFake(async ({ Key }) => ({ Item: items.get(keyOf(Key)) }));
  client.on(PutCommand).callsFake(async (input) => {
    await Promise.resolve();
    if (failing-- > 0) throw new Error('throttled');
    return disturbed(() => {
      if (!holds(items.get(keyOf(input.Item)), input)) {
        throw new ConditionalCheckFailedException({ message: 'no', $metadata: {} });
      }
      put(input.Item);
      return {};
    });
  });
  client
    .on(TransactWriteCommand)
    .callsFake(({ TransactItems }) => disturbed(() => transact(TransactItems)));
  const transact = (TransactItems: unknown) => {
    const writes = TransactItems as Record<string, Conditional & { Item?: Item; Key?: Item }>[];
    const all = writes.map((write) => Object.entries(write)[0]!);
    const failed = all.map(([, w]) => !holds(items.get(keyOf((w.Item ?? w.Key) as Item)), w));
    if (failed.includes(true)) {
      const CancellationReasons = failed.map((no) => ({
        Code: no ? 'ConditionalCheckFailed' : 'None',
      }));
      throw new TransactionCanceledException({ message: 'no', $metadata: {}, CancellationReasons });
    }
    for (const [kind, write] of all) {
      const { Item: item, Key } = write;
      if (kind === 'Put') put(item as Item);
      else if (kind === 'Delete') items.delete(keyOf(Key as Item));
      else if (kind === 'Update') put(updated(items.get(keyOf(Key as Item)), write));
      else if (kind !== 'ConditionCheck') throw new Error(`the fake table has no ${kind}`);
    }
    return {};
  };
  client.on(DeleteCommand).callsFake(async (input) => {
    if (!holds(items.get(keyOf(input.Key)), input)) {
      throw new ConditionalCheckFailedException({ message: 'no', $metadata: {} });
    }
    items.delete(keyOf(input.Key));
    return {};
  });
  client.on(QueryCommand).callsFake(async (input) => query([...items.values()], input));
  const failPuts = (count: number) => {
    failing = count;
  };
  /** Counts writes from here on, and disturbs one of them. */
  const disturb = (next?: Disturbance) => {
    [disturbance, writes] = [next, 0];
  };
  return { items, put, failPuts, disturb, writes: () => writes };
}

/** Sets that something is added to, or taken from. */
function updated(
  item: Item = {},
  { UpdateExpression: text, ExpressionAttributeValues }: Conditional,
) {
  const [, verb, name, value] = /^(ADD|DELETE) (\w+) (:\w+)$/.exec(text ?? '') ?? [];
  if (!name || !value) throw new Error(`the fake table cannot do ${text}`);
  const set = new Set<unknown>(item[name]);
  for (const one of (ExpressionAttributeValues as Item)[value]) {
    if (verb === 'ADD') set.add(one);
    else set.delete(one);
  }
  return { ...item, [name]: set };
}

function holds(
  item: Item | undefined,
  { ConditionExpression: text, ExpressionAttributeValues: values = {} }: Conditional,
): boolean {
  const allHold = (all: string) =>
    all.split(' AND ').every((part) => {
      if (part === '') return true;
      const [, absent, attribute] = /^attribute_(not_)?exists\((\w+)\)$/.exec(part) ?? [];
      if (attribute) return (item?.[attribute] === undefined) === (absent !== undefined);
      const [, name, relation, value] = /^#?(\w+) (=|<>|<=) (:\w+)$/.exec(part) ?? [];
      if (!name || !value) throw new Error(`the fake table cannot read ${part}`);
      if (relation === '<=') return item?.[name] <= values[value];
      return (item?.[name] === values[value]) === (relation === '=');
    });
  return (text ?? '').split(' OR ').some(allHold);
}

/** Keys by equality of the partition, and `BETWEEN` or `begins_with` of the sort key. */
function query(all: Item[], input: Item) {
  const [pk, sk] = input.IndexName ? ['gsi1pk', 'gsi1sk'] : ['pk', 'sk'];
  const values = input.ExpressionAttributeValues as Item;
  const text = input.KeyConditionExpression as string;
  const from = text.includes('BETWEEN') ? values[/BETWEEN (:\w+)/.exec(text)![1]!] : '';
  const to = text.includes('BETWEEN') ? values[/AND (:\w+)$/.exec(text)![1]!] : '\uffff';
  const start = /begins_with\(\w+, (:\w+)\)/.exec(text)?.[1];
  const found = all
    .filter((item) => item[pk!] === values[':pk'])
    .filter((item) => item[sk!] >= from && item[sk!] <= to)
    .filter((item) => !start || item[sk!].startsWith(values[start]))
    .sort((a, b) => (a[sk!] < b[sk!] ? -1 : 1));
  if (input.ScanIndexForward === false) found.reverse();
  const after = input.ExclusiveStartKey?.[sk!];
  const rest =
    after === undefined ? found : found.slice(found.findIndex((i) => i[sk!] === after) + 1);
  const Items = rest.slice(0, input.Limit);
  const last = Items.at(-1);
  return {
    Items,
    ...(Items.length < rest.length && {
      LastEvaluatedKey: {
        pk: last?.pk,
        sk: last?.sk,
        ...(input.IndexName && { gsi1pk: last?.gsi1pk, gsi1sk: last?.gsi1sk }),
      },
    }),
  };
}
