import { type Link, linkAfter } from '#core/audit/chain.ts';
import { batchGet, type Item, table, transact, type Write } from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import { lastLink, linkOf } from './links.ts';

/** An audit entry as the table's stream hands it over. */
export interface Written {
  readonly id: string;
  readonly content: Item;
  readonly writtenAt: string;
}

/** Two writes each, in transactions of at most 100. */
const AT_ONCE = 40;
const ATTEMPTS = 10;

/**
 * Makes entries part of the chain, in their order, each exactly once however often they come, and
 * answers the last link. Two that do this at once write the same link, which the table takes from
 * one of them; the other looks again.
 */
export async function chainEntries(entries: readonly Written[]): Promise<Link | undefined> {
  const once = [...new Map(entries.map((entry) => [entry.id, entry])).values()];
  for (let start = 0; start < once.length; start += AT_ONCE) {
    await chainSome(once.slice(start, start + AT_ONCE));
  }
  return lastLink();
}

async function chainSome(entries: readonly Written[]): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const fresh = await notChained(entries);
    if (fresh.length === 0) return;
    const links: Link[] = [];
    let before = await lastLink();
    for (const entry of fresh) {
      before = linkAfter(before, entry);
      links.push(before);
    }
    if ((await transact(links.flatMap(linkWrites))) === undefined) return;
  }
  throw new Error(`the audit chain was busy for ${ATTEMPTS} attempts`);
}

async function notChained(entries: readonly Written[]): Promise<Written[]> {
  const marks = await batchGet(entries.map(({ id }) => keys.auditMark(id)));
  const chained = new Set(marks.map((mark) => linkOf(mark).entry));
  return entries.filter(({ id }) => !chained.has(id));
}

/** By its number, which no second link can have, and by its entry, which gets no second link. */
const linkWrites = (link: Link): Write[] =>
  [keys.auditLink(link.sequence), keys.auditMark(link.entry)].map((key) => ({
    Put: {
      TableName: table().name,
      Item: { ...key, ...link },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  }));
