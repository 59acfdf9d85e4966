import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Link } from '#core/audit/chain.ts';
import { type Item, table } from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';

export function linkOf({ pk, sk, ...link }: Item): Link {
  return link as unknown as Link;
}

/** A link with the number that it is stored under, which is the one that counts. */
interface Numbered {
  readonly number: number;
  readonly link: Link;
}

const NUMBER = /^LINK#0*(\d+)$/;

/** Up to `limit` links after this number, in order. */
export async function linksAfter(number: number, limit: number): Promise<Numbered[]> {
  const items = await query(number + 1, limit, true);
  return items.map((item) => ({
    number: Number(NUMBER.exec(String(item.sk))?.[1]),
    link: linkOf(item),
  }));
}

export async function lastLink(): Promise<Link | undefined> {
  const [item] = await query(1, 1, false);
  return item && linkOf(item);
}

async function query(from: number, limit: number, forward: boolean): Promise<Item[]> {
  const { pk, sk } = keys.auditLink(from);
  const { documents, name } = table();
  const items: Item[] = [];
  let start: Item | undefined;
  do {
    const answer = await documents.send(
      new QueryCommand({
        TableName: name,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':pk': pk, ':from': sk, ':to': 'LINK#~' },
        ScanIndexForward: forward,
        Limit: limit - items.length,
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    items.push(...(answer.Items ?? []));
    start = answer.LastEvaluatedKey;
  } while (start && items.length < limit);
  return items;
}
