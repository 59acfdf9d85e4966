import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { ulid } from 'ulid';
import { batchGet, type Item, type Page, queryPage, table } from '#shared/dynamo.ts';
import { auditIndex, keys } from '#shared/keys.ts';
import { AuditEntry, type AuditQuery } from './schema.ts';

const BEYOND_ANY_ULID = '~';

/** Newest first. Times bound the ULIDs, whose first ten characters are the time. */
export async function listAudit(query: AuditQuery): Promise<Page<AuditEntry>> {
  const { resource } = query;
  const [pk, sk] = resource ? ['gsi1pk', 'gsi1sk'] : ['pk', 'sk'];
  const partition = resource ? auditIndex(resource) : 'AUDIT';
  const filters = (['actor', 'action'] as const).filter((name) => query[name] !== undefined);
  const page = await queryPage(
    {
      ...(resource && { IndexName: 'gsi1' }),
      KeyConditionExpression: '#pk = :pk AND #sk BETWEEN :from AND :to',
      ...(filters.length > 0 && {
        FilterExpression: filters.map((name) => `#${name} = :${name}`).join(' AND '),
      }),
      ExpressionAttributeNames: {
        '#pk': pk as string,
        '#sk': sk as string,
        ...Object.fromEntries(filters.map((name) => [`#${name}`, name])),
      },
      ExpressionAttributeValues: {
        ':pk': partition,
        ':from': query.from ? timePart(query.from) : '0',
        ':to': query.to ? timePart(query.to) + BEYOND_ANY_ULID : BEYOND_ANY_ULID,
        ...Object.fromEntries(filters.map((name) => [`:${name}`, query[name]])),
      },
      ScanIndexForward: false,
    },
    query,
    (id): Item => ({
      ...keys.audit(id),
      ...(resource && { gsi1pk: partition, gsi1sk: id }),
    }),
  );
  const marks = await batchGet(page.items.map(({ id }) => keys.auditMark(String(id))));
  const links = new Map(marks.map((mark) => [mark.entry, mark]));
  const items = page.items.map((item) => ({ ...item, chain: links.get(item.id) }));
  return { ...page, items: items.map((item) => AuditEntry.parse(item)) };
}

const timePart = (at: string): string => ulid(Date.parse(at)).slice(0, 10);

/** Ids of up to `limit` entries after this one, oldest first. */
export async function entryIds(after: string, limit: number): Promise<string[]> {
  const { documents, name } = table();
  const ids: string[] = [];
  let start: Item | undefined = after === '' ? undefined : { ...keys.audit(after) };
  do {
    const answer = await documents.send(
      new QueryCommand({
        TableName: name,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': 'AUDIT' },
        ProjectionExpression: 'sk',
        Limit: limit - ids.length,
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    ids.push(...(answer.Items ?? []).map(({ sk }) => String(sk)));
    start = answer.LastEvaluatedKey;
  } while (start && ids.length < limit);
  return ids;
}
