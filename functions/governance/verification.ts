import { decodeTime } from 'ulid';
import {
  FLAWS,
  type Flaw,
  flawOfEntry,
  flawOfLink,
  flawOfUnlinked,
  isCopy,
  type Link,
} from '#core/audit/chain.ts';
import { invalidField } from '#core/errors.ts';
import { batchGet, getItem, type Item } from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import { lastLink, linkOf, linksAfter } from './links.ts';
import type { Verification, VerificationQuery } from './schema.ts';
import { entryIds } from './store.ts';

/** A flaw and where it is. */
interface Found {
  readonly flaw: Flaw;
  readonly sequence?: number;
  readonly entry?: string;
}

/** What one call looked at: up to where, and the first thing wrong. */
interface Looked {
  readonly checked: number;
  readonly pending?: number;
  readonly found?: Found | undefined;
  /** Where the next call goes on; undefined: this was all. */
  readonly next?: string | undefined;
}

/**
 * Looks through the chain from its beginning, link by link with their entries, then through the log
 * for entries that no link holds. A long log takes several calls.
 */
export async function verifyAudit(
  query: VerificationQuery,
  now = new Date(),
): Promise<Verification> {
  const head = await lastLink();
  const { checked, pending = 0, found, next } = await look(query, now);
  return {
    status: found ? 'broken' : next ? 'unfinished' : 'intact',
    checked,
    pending,
    head: { sequence: head?.sequence ?? 0, hash: head?.hash ?? '' },
    ...(found && { broken: { ...found, detail: FLAWS[found.flaw] } }),
    ...(!found && next && { nextCursor: Buffer.from(next).toString('base64url') }),
  };
}

async function look(query: VerificationQuery, now: Date): Promise<Looked> {
  const [, stage, at] = CURSOR.exec(decode(query.cursor)) ?? [];
  if (stage === undefined) throw invalidField('cursor', 'is not one that was answered before');
  if (stage === 'entries') return lookAtEntries(at ?? '', query.limit, now);
  const rewritten = query.sequence !== undefined && (await isRewritten(query));
  if (rewritten) {
    return { checked: 0, found: { flaw: 'chain-rewritten', sequence: query.sequence as number } };
  }
  return lookAtLinks(Number(at), query.limit);
}

/** `links:<number of the last one seen>`, or `entries:<id of the last one seen>` */
const CURSOR = /^(links|entries):(\d{1,9}|[0-9A-Z]{26}|)$/;
const decode = (cursor: string | undefined): string =>
  cursor === undefined ? 'links:0' : Buffer.from(cursor, 'base64url').toString();

async function isRewritten({ sequence, hash }: VerificationQuery): Promise<boolean> {
  const link = await getItem(keys.auditLink(sequence as number));
  return link?.hash !== hash;
}

async function lookAtLinks(after: number, limit: number): Promise<Looked> {
  const links = await linksAfter(after, limit);
  let before = after === 0 ? undefined : await linkAt(after);
  for (let start = 0; start < links.length; start += PAGE) {
    const page = links.slice(start, start + PAGE);
    const [entries, marks] = await Promise.all([
      byKey(page.map(({ link }) => keys.audit(link.entry))),
      byKey(page.map(({ link }) => keys.auditMark(link.entry))),
    ]);
    for (const { number, link } of page) {
      const mark = marks.get(link.entry);
      const flaw =
        (number === link.sequence ? undefined : 'link-altered') ??
        flawOfLink(link, before) ??
        (isCopy(mark && linkOf(mark), link) ? undefined : 'link-altered') ??
        flawOfEntry(link, entries.get(link.entry), timeOf(link.entry));
      if (flaw) {
        const at = { flaw, sequence: number, entry: link.entry } as const;
        return { checked: number - after, found: at };
      }
      before = link;
    }
  }
  const next = links.length < limit ? 'entries:' : `links:${after + links.length}`;
  return { checked: links.length, next };
}

const PAGE = 100;

const linkAt = async (number: number): Promise<Link | undefined> => {
  const item = await getItem(keys.auditLink(number));
  return item && linkOf(item);
};

/** Items by what their sort key ends in: the id of an entry. */
async function byKey(wanted: Parameters<typeof batchGet>[0]): Promise<Map<string, Item>> {
  const items = await batchGet(wanted);
  return new Map(items.map((item) => [String(item.sk).replace(/^.*#/, ''), item]));
}

/** Each entry must be the one of a link: a mark that names another's link is none. */
async function lookAtEntries(after: string, limit: number, now: Date): Promise<Looked> {
  const ids = await entryIds(after, limit);
  let pending = 0;
  for (let start = 0; start < ids.length; start += PAGE) {
    const page = ids.slice(start, start + PAGE);
    const linked = await linkedAmong(page);
    for (const [i, id] of page.entries()) {
      if (linked.has(id)) continue;
      const flaw = flawOfUnlinked(timeOf(id), now.getTime());
      if (flaw) return { checked: start + i + 1, pending, found: { flaw, entry: id } };
      pending++;
    }
  }
  return {
    checked: ids.length,
    pending,
    next: ids.length < limit ? undefined : `entries:${ids.at(-1)}`,
  };
}

async function linkedAmong(ids: readonly string[]): Promise<Set<string>> {
  const marks = await batchGet(ids.map(keys.auditMark));
  const numbers = new Set(marks.map((mark) => linkOf(mark).sequence));
  const links = await batchGet([...numbers].map(keys.auditLink));
  return new Set(links.map((link) => linkOf(link).entry));
}

/** When an entry says that it was written; long ago where its id is none of ours. */
function timeOf(id: string): number {
  try {
    return decodeTime(id);
  } catch {
    return 0;
  }
}
