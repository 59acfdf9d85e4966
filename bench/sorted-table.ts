import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

type Item = Record<string, unknown> & { readonly pk: string; readonly sk: string };
interface Write {
  readonly Item: Item;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
}

interface Query {
  readonly ExpressionAttributeValues: Readonly<Record<':pk' | ':from' | ':to', string>>;
  readonly ScanIndexForward?: boolean;
  readonly ExclusiveStartKey?: Item;
  readonly Limit?: number;
}
interface Request {
  readonly PutRequest?: Write;
  readonly DeleteRequest?: { readonly Key: Item };
}
interface Part {
  readonly Put?: Write;
  readonly Delete?: { readonly Key: Item };
}
/** Of any command: each has some of it. */
interface Input extends Query, Write {
  readonly ExpressionAttributeValues: Query['ExpressionAttributeValues'];
  readonly Key: Item;
  readonly RequestItems: Record<string, readonly Request[] & { readonly Keys: readonly Item[] }>;
  readonly TransactItems: readonly Part[];
}

/** DynamoDB gives no more in an answer. */
const PAGE_BYTES = 2 ** 20;
/** Strongly consistent reads are paid by units of so many bytes. */
const UNIT_BYTES = 4096;

/** What reads have cost since it was last set to nothing. */
export interface Cost {
  requests: number;
  items: number;
  units: number;
}

/**
 * A table in this process, as far as tracking needs one: partitions that lie sorted, so that a read
 * costs what it reads and not what there is, answers of a megabyte, and a count of all reads. It
 * answers in place of every client of DynamoDB.
 */
export class SortedTable {
  readonly cost: Cost = { requests: 0, items: 0, units: 0 };
  readonly #partitions = new Map<string, { keys: string[]; items: Map<string, Item> }>();

  constructor() {
    const answer = async (command: { constructor: { name: string }; input: Input }) =>
      this.#answer(command.constructor.name, command.input);
    Object.assign(DynamoDBDocumentClient.prototype, { send: answer });
  }

  get items(): number {
    return [...this.#partitions.values()].reduce((sum, { keys }) => sum + keys.length, 0);
  }

  #answer(name: string, input: Input): unknown {
    switch (name) {
      case 'GetCommand':
        return { Item: this.#read([input.Key])[0] };
      case 'BatchGetCommand': {
        const [table] = Object.keys(input.RequestItems) as [string];
        return { Responses: { [table]: this.#read(input.RequestItems[table]?.Keys ?? []) } };
      }
      case 'QueryCommand':
        return this.#query(input);
      case 'PutCommand':
        return this.#put(input);
      case 'DeleteCommand':
        return this.#delete(input.Key);
      case 'BatchWriteCommand':
        return this.#writeAll(Object.values(input.RequestItems).flat());
      case 'TransactWriteCommand':
        return this.#transact(input.TransactItems);
      default:
        throw new Error(`the table knows no ${name}`);
    }
  }

  #read(keys: readonly Item[]): Item[] {
    const found = keys.flatMap(({ pk, sk }) => this.#partitions.get(pk)?.items.get(sk) ?? []);
    // Each by itself, and what is not there too.
    this.#count(found, found.map(sizeOf));
    this.cost.units += keys.length - found.length;
    return found;
  }

  #query(input: Query): unknown {
    const { ':pk': pk, ':from': from, ':to': to } = input.ExpressionAttributeValues;
    const { keys, items } = this.#partitions.get(pk) ?? {
      keys: [],
      items: new Map<string, Item>(),
    };
    const reverse = input.ScanIndexForward === false;
    const start = input.ExclusiveStartKey?.sk;
    const low = !reverse && start !== undefined ? place(keys, start) + 1 : place(keys, from);
    const past = place(keys, to) + (items.has(to) ? 1 : 0);
    const high = reverse && start !== undefined ? place(keys, start) : past;
    const Items: Item[] = [];
    let bytes = 0;
    let at = reverse ? high - 1 : low;
    while (at >= low && at < high && Items.length < (input.Limit ?? Number.POSITIVE_INFINITY)) {
      const item = items.get(keys[at] as string) as Item;
      if (bytes + sizeOf(item) > PAGE_BYTES) break;
      bytes += sizeOf(item);
      Items.push(item);
      at += reverse ? -1 : 1;
    }
    this.#count(Items, [bytes]);
    const last = Items.at(-1);
    const more = at >= low && at < high && last;
    return { Items, ...(more && { LastEvaluatedKey: { pk, sk: last.sk } }) };
  }

  #count(found: readonly Item[], sizes: readonly number[]): void {
    this.cost.requests++;
    this.cost.items += found.length;
    for (const bytes of sizes) this.cost.units += Math.max(1, Math.ceil(bytes / UNIT_BYTES));
  }

  #holds({ Item: { pk, sk }, ConditionExpression: said, ...rest }: Write): boolean {
    if (!said) return true;
    const there = this.#partitions.get(pk)?.items.get(sk);
    const { ':seen': seen, ':mine': mine } = rest.ExpressionAttributeValues ?? {};
    if (said === 'attribute_not_exists(pk)') return !there;
    if (said === 'revision = :seen') return there?.revision === seen;
    if (there?.rev === undefined) return true;
    return Number(there.rev) < Number(mine);
  }

  #put(write: Write): unknown {
    if (!this.#holds(write)) {
      throw new ConditionalCheckFailedException({ message: 'no', $metadata: {} });
    }
    const { pk, sk } = write.Item;
    const partition = this.#partitions.get(pk) ?? { keys: [], items: new Map<string, Item>() };
    this.#partitions.set(pk, partition);
    if (!partition.items.has(sk)) partition.keys.splice(place(partition.keys, sk), 0, sk);
    partition.items.set(sk, write.Item);
    return {};
  }

  #delete({ pk, sk }: Item): unknown {
    const partition = this.#partitions.get(pk);
    if (partition?.items.delete(sk)) partition.keys.splice(place(partition.keys, sk), 1);
    return {};
  }

  #writeAll(requests: readonly Request[]): unknown {
    for (const { PutRequest, DeleteRequest } of requests) {
      if (PutRequest) this.#put(PutRequest);
      if (DeleteRequest) this.#delete(DeleteRequest.Key);
    }
    return {};
  }

  #transact(writes: readonly Part[]): unknown {
    if (!writes.every(({ Put }) => !Put || this.#holds(Put))) {
      throw new TransactionCanceledException({ message: 'cancelled', $metadata: {} });
    }
    for (const { Put, Delete } of writes) {
      if (Put) this.#put(Put);
      if (Delete) this.#delete(Delete.Key);
    }
    return {};
  }
}

/** Where a key is among sorted ones, or would be. Keys here are ASCII: their order is that of bytes. */
function place(keys: readonly string[], key: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Near enough: names and values, numbers as texts. */
const sizeOf = (item: Item): number =>
  Object.entries(item).reduce(
    (sum, [name, value]) =>
      sum + name.length + (value instanceof Uint8Array ? value.length : String(value).length),
    0,
  );
