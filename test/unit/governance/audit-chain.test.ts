import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { ulid } from 'ulid';
import { flawOfLink, GENESIS, type Link, linkAfter } from '#core/audit/chain.ts';
import { keys } from '#shared/keys.ts';
import { logger } from '#shared/observability.ts';
import sample from '../../../events/governance/chain-audit.json' with { type: 'json' };
import { handler } from '../../../functions/governance/handlers/chain-audit.ts';
import { VerificationQuery } from '../../../functions/governance/schema.ts';
import { verifyAudit } from '../../../functions/governance/verification.ts';
import { memoryTable, type Stored } from '../../helpers/memory-table.ts';

process.env.TABLE_NAME = 'table';
const START = Date.parse('2026-11-25T09:00:00.000Z');
const HOUR = 3_600_000;
let table: ReturnType<typeof memoryTable>;

const entryAt = (ms: number, n = 0): Stored => {
  const id = ulid(ms);
  const event = { name: 'AliasMoved', detail: { version: n } };
  return { ...keys.audit(id), id, at: new Date(ms).toISOString(), actor: 'a', action: 'x', event };
};
const recordOf = (entry: Stored, writtenMs = Date.parse(entry.at)) => ({
  eventName: 'INSERT',
  dynamodb: {
    Keys: marshall({ pk: entry.pk, sk: entry.sk }),
    NewImage: marshall(entry),
    ApproximateCreationDateTime: writtenMs / 1000,
  },
});
const hand = (records: object[]) =>
  handler({ Records: records } as unknown as Parameters<typeof handler>[0]);
const put = (item: Stored) => table.items.set(table.keyOf(item), item);
const drop = (item: Stored) => table.items.delete(table.keyOf(item));
const link = (n: number) => table.items.get(table.keyOf(keys.auditLink(n))) as Stored & Link;

/** Every call that it takes, in small pages. */
async function verify(query: object = {}, nowMs = START + HOUR) {
  let cursor: string | undefined;
  let checked = 0;
  for (;;) {
    const page = { limit: 4, ...query, ...(cursor && { cursor }) };
    const answer = await verifyAudit(VerificationQuery.parse(page), new Date(nowMs));
    checked += answer.checked;
    if (answer.status !== 'unfinished') return { ...answer, checked };
    cursor = answer.nextCursor;
  }
}

async function chained(count: number): Promise<Stored[]> {
  const entries = Array.from({ length: count }, (_, n) => entryAt(START + n * 1000, n));
  entries.forEach(put);
  await hand(entries.map((entry) => recordOf(entry)));
  return entries;
}

beforeEach(() => {
  table = memoryTable();
  jest.spyOn(logger, 'info').mockReturnValue();
});

describe('the chain', () => {
  it('has a link for each entry, which follows from the one before', async () => {
    const entries = await chained(95);
    const links = entries.map((_, i) => link(i + 1));
    expect(links.map(({ entry }) => entry)).toEqual(entries.map(({ id }) => id));
    expect(links[0]?.previous).toBe(GENESIS);
    expect(links.every((each, i) => each.previous === (links[i - 1]?.hash ?? GENESIS))).toBe(true);
    expect(await verify()).toMatchObject({
      status: 'intact',
      checked: 190,
      pending: 0,
      head: { sequence: 95, hash: links.at(-1)?.hash },
    });
  });

  it('takes the sample of its trigger', async () => {
    await hand(sample.Records);
    expect(link(1)).toMatchObject({ entry: sample.Records[0]?.dynamodb.NewImage.id.S });
  });

  it('is the same however often and in whatever batches the stream hands entries over', async () => {
    const entries = Array.from({ length: 30 }, (_, n) => entryAt(START + n * 1000, n));
    entries.forEach(put);
    const batches = fc.array(fc.tuple(fc.nat(29), fc.integer({ min: 1, max: 12 })), {
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(batches, async (again) => {
        for (const [key, { pk }] of table.items) if (pk === 'AUDIT_CHAIN') table.items.delete(key);
        for (const [from, count] of [...again, [0, 30] as const]) {
          const part = entries.slice(from, from + count);
          await hand([...part, ...part.slice(0, 2)].map((entry) => recordOf(entry)));
        }
        expect(await verify()).toMatchObject({ status: 'intact', head: { sequence: 30 } });
      }),
      { numRuns: 20 },
    );
  });

  it('stays one where two make it at once', async () => {
    const entries = Array.from({ length: 60 }, (_, n) => entryAt(START + n * 1000, n));
    entries.forEach(put);
    const halves = [entries.filter((_, i) => i % 2), entries.filter((_, i) => i % 2 === 0)];
    await Promise.all([...halves, entries].map((part) => hand(part.map((e) => recordOf(e)))));
    expect(await verify()).toMatchObject({ status: 'intact', head: { sequence: 60 } });
  });

  it('fails where it cannot go on, so that the stream hands the entries over again', async () => {
    table.client.on(TransactWriteCommand).rejects(new Error('no connection'));
    await expect(hand([recordOf(entryAt(START))])).rejects.toThrow('no connection');
  });

  it('passes over what is no new entry', async () => {
    const entry = entryAt(START);
    await hand([
      { ...recordOf(entry), eventName: 'MODIFY' },
      { eventName: 'INSERT', dynamodb: { Keys: marshall(keys.model('a')), NewImage: {} } },
    ]);
    expect(table.items.size).toBe(0);
  });

  it('is written to the log with its head', async () => {
    await chained(3);
    expect(logger.info).toHaveBeenLastCalledWith('audit chain', {
      'audit.sequence': 3,
      'audit.hash': link(3).hash,
    });
  });
});

describe('verification', () => {
  let entries: Stored[];
  beforeEach(async () => {
    entries = await chained(20);
  });
  const entry = (n: number) => entries[n - 1] as Stored;

  it.each([
    ['another actor', { actor: 'b' }],
    ['another time', { at: '2026-11-25T09:00:01.001Z' }],
    ['a field deep inside', { event: { name: 'AliasMoved', detail: { version: 99 } } }],
    ['a field more', { note: '' }],
  ])('finds an entry that was altered: %s', async (_, change) => {
    put({ ...entry(7), ...change });
    expect((await verify()).broken).toMatchObject({
      flaw: 'entry-altered',
      sequence: 7,
      entry: entry(7).id,
    });
    put(entry(7));
    expect((await verify()).status).toBe('intact');
  });

  it('finds an entry that was removed', async () => {
    drop(entry(7));
    drop(entry(9));
    expect((await verify()).broken).toMatchObject({ flaw: 'entry-removed', sequence: 7 });
  });

  it('finds entries whose contents changed places', async () => {
    put({ ...entry(7), pk: 'AUDIT', sk: entry(8).sk });
    put({ ...entry(8), pk: 'AUDIT', sk: entry(7).sk });
    expect((await verify()).broken).toMatchObject({ flaw: 'entry-altered', sequence: 7 });
  });

  it('finds links that changed places', async () => {
    const [a, b] = [link(7), link(8)];
    put({ ...a, sk: b.sk });
    put({ ...b, sk: a.sk });
    expect((await verify()).broken).toMatchObject({ flaw: 'link-altered', sequence: 7 });
  });

  it('finds an entry that was inserted into the past, chained or not', async () => {
    const late = entryAt(START + 500);
    put(late);
    expect((await verify()).broken).toMatchObject({ flaw: 'entry-inserted', entry: late.id });
    await hand([recordOf(late, START + HOUR)]);
    expect((await verify()).broken).toMatchObject({ flaw: 'entry-inserted', sequence: 21 });
  });

  it('finds a mark that claims the link of another entry', async () => {
    const late = entryAt(START + 500);
    put(late);
    const { pk, sk, ...stolen } = link(7);
    put({ ...keys.auditMark(late.id), ...stolen, entry: late.id });
    expect((await verify()).broken).toMatchObject({ flaw: 'entry-inserted', entry: late.id });
  });

  it('finds a link that was altered, removed, or added to the end', async () => {
    const kept = { ...link(7) };
    put({ ...kept, digest: 'f'.repeat(64) });
    expect((await verify()).broken).toMatchObject({ flaw: 'link-altered', sequence: 7 });
    drop(kept);
    expect((await verify()).broken).toMatchObject({ flaw: 'link-removed', sequence: 8 });
    put(kept);
    const forged = linkAfter(link(20), { id: ulid(START), content: {}, writtenAt: entry(1).at });
    put({ ...keys.auditLink(21), ...forged });
    expect((await verify()).broken).toMatchObject({ flaw: 'link-altered', sequence: 21 });
  });

  it('finds one entry and its link made anew, for the links after it do not follow', async () => {
    const altered: Stored = { ...entry(7), actor: 'b' };
    const made = linkAfter(link(6), { id: altered.id, content: altered, writtenAt: altered.at });
    put(altered);
    put({ ...keys.auditLink(7), ...made });
    put({ ...keys.auditMark(altered.id), ...made });
    expect((await verify()).broken).toMatchObject({ flaw: 'link-altered', sequence: 8 });
  });

  it('finds, by a hash that was kept elsewhere, a chain made anew or cut off', async () => {
    const kept = { sequence: 15, hash: link(15).hash };
    expect(await verify(kept)).toMatchObject({ status: 'intact' });
    // Everything from the seventh entry on, consistently.
    let before: Link = link(6);
    for (let n = 7; n <= 20; n++) {
      const item = n === 7 ? { ...entry(7), actor: 'b' } : entry(n);
      before = linkAfter(before, { id: item.id, content: item, writtenAt: item.at });
      put(item);
      put({ ...keys.auditLink(n), ...before });
      put({ ...keys.auditMark(item.id), ...before });
    }
    expect((await verify()).status).toBe('intact');
    expect((await verify(kept)).broken).toMatchObject({ flaw: 'chain-rewritten', sequence: 15 });
    for (let n = 11; n <= 20; n++)
      [entry(n), keys.auditLink(n), keys.auditMark(entry(n).id)].forEach(drop);
    expect((await verify()).head.sequence).toBe(10);
    expect((await verify(kept)).broken).toMatchObject({ flaw: 'chain-rewritten' });
  });

  it('finds the first of any changes to stored items', async () => {
    const kept = new Map([...table.items].map(([key, item]) => [key, structuredClone(item)]));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...kept.keys()),
        fc.constantFrom(
          'drop',
          'actor',
          'digest',
          'hash',
          'previous',
          'writtenAt',
          'sequence',
          'entry',
          'id',
        ),
        async (key, change) => {
          const item = kept.get(key) as Stored;
          fc.pre(change === 'drop' || item[change] !== undefined);
          if (change === 'drop') table.items.delete(key);
          else table.items.set(key, { ...item, [change]: `${item[change]}0` });
          const { status } = await verify();
          table.items.set(key, item);
          expect([key, change, status]).toEqual([key, change, 'broken']);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('counts new entries that are not chained yet as such', async () => {
    put(entryAt(START + HOUR - 1000));
    expect(await verify()).toMatchObject({ status: 'intact', pending: 1 });
    expect((await verify({}, START + 2 * HOUR)).broken).toMatchObject({ flaw: 'entry-inserted' });
  });

  it('holds of an empty log', async () => {
    table.items.clear();
    expect(await verify()).toMatchObject({ status: 'intact', head: { sequence: 0, hash: '' } });
  });

  it.each([
    'nothing',
    Buffer.from('links:x').toString('base64url'),
    Buffer.from('entries:../x').toString('base64url'),
  ])('refuses the cursor %s', async (cursor) => {
    await expect(verifyAudit(VerificationQuery.parse({ cursor }))).rejects.toThrow('cursor');
  });

  it('wants a kept hash with its number', () => {
    expect(VerificationQuery.safeParse({ sequence: 1 }).success).toBe(false);
  });
});

it('a link that repeats a number does not follow', () => {
  const first = linkAfter(undefined, { id: 'a', content: 1, writtenAt: '2026-01-01T00:00:00Z' });
  expect(flawOfLink(first, undefined)).toBeUndefined();
  expect(flawOfLink(first, first)).toBe('link-removed');
});
