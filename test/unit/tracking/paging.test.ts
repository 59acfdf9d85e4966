import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createExperiment } from '../../../functions/tracking/experiments.ts';
import { searchModels } from '../../../functions/tracking/model-search.ts';
import { createModel } from '../../../functions/tracking/models.ts';
import { PageBuilder, wireBytes } from '../../../functions/tracking/page.ts';
import { createRun } from '../../../functions/tracking/runs.ts';
import { searchRuns } from '../../../functions/tracking/search.ts';
import { readOffset, writeToken } from '../../../functions/tracking/tokens.ts';
import { trackingTable } from '../../helpers/tracking-table.ts';

process.env.TABLE_NAME = 'table';
const SPACE = 'default';
const BY = { actor: 'a', requestId: 'r' };

let experiment: string;
beforeEach(async () => {
  trackingTable(1000);
  experiment = (await createExperiment(SPACE, { name: 'one', tags: new Map() }, BY)).id;
});
afterEach(() => {
  jest.restoreAllMocks();
});

async function addRun(startTime: number, kind: string): Promise<string> {
  const named = { userId: '', name: 'r', tags: new Map([['kind', kind]]) };
  const wanted = { ...named, experimentId: experiment, startTime };
  return (await createRun(SPACE, wanted)).info.id;
}

const search = (filter: string, orderBy: string[], token?: string, limit = 2) =>
  searchRuns(
    SPACE,
    { experiments: [experiment], filter, orderBy, token, limit, view: 'ACTIVE_ONLY' },
    ({ info }) => String(info.startTime),
  );

/** Every look at the clock finds it so much later. */
function slowClock(ms: number): void {
  const start = Date.now();
  let looks = 0;
  jest.spyOn(Date, 'now').mockImplementation(() => start + ms * looks++);
}

describe('the token of a page', () => {
  it('goes on the way that it began, though the other way is the shorter by now', async () => {
    for (let i = 10; i < 1010; i++) await addRun(i, 'a');
    const first = await search("tags.kind LIKE 'a%'", []);
    expect(first.texts).toEqual(['1009', '1008']);
    // Now they are no longer few.
    for (const older of [1, 2]) await addRun(older, 'a');
    const second = await search("tags.kind LIKE 'a%'", [], first.nextToken);
    expect(second.texts).toEqual(['1007', '1006']);
    const walked = await search("tags.kind LIKE 'a%'", []);
    const next = await search("tags.kind LIKE 'a%'", [], walked.nextToken);
    expect([walked.texts, next.texts]).toEqual([first.texts, second.texts]);
  }, 60_000);

  it.each([
    ['of a walk', { phase: 0 }, ['status ASC']],
    ['of a list', { offset: 2 }, []],
    ['of a condition that is not there', { offset: 2, range: 3 }, []],
  ])('%s is refused where the search goes another way', async (_, mark, orderBy) => {
    await addRun(1, 'a');
    await expect(search('', orderBy, writeToken(mark))).rejects.toThrow('page_token');
  });

  it('is refused by lists and walks of other things too', async () => {
    expect(() => readOffset(writeToken({ phase: 0 }))).toThrow('page_token');
    const models = { experiments: [experiment], datasets: [], orderBy: [], limit: 1 };
    const token = writeToken({ offset: 1 });
    await expect(searchModels(SPACE, { ...models, token })).rejects.toThrow('page_token');
  });
});

describe('a page', () => {
  it('ends where time is up, never without getting further', async () => {
    for (let i = 1; i <= 4; i++) await addRun(i, 'a');
    slowClock(20_000);
    const found: string[] = [];
    let token: string | undefined;
    do {
      const page = await search('', [], token, 50);
      expect(page.texts.length).toBeLessThan(4);
      found.push(...page.texts);
      token = page.nextToken;
    } while (token);
    expect(found).toEqual(['4', '3', '2', '1']);
  });

  it('of models ends so too', async () => {
    const wanted = { modelType: '', sourceRunId: '', params: new Map(), tags: new Map() };
    const of = { ...wanted, experimentId: experiment };
    for (let i = 1; i <= 3; i++) await createModel(SPACE, { ...of, name: `m${i}` }, i);
    slowClock(20_000);
    const names: string[] = [];
    let token: string | undefined;
    do {
      const one = { experiments: [experiment], datasets: [], orderBy: [], limit: 50, token };
      const page = await searchModels(SPACE, one);
      expect(page.texts.length).toBeLessThan(3);
      names.push(...page.texts.map((text) => JSON.parse(text).info.name));
      token = page.nextToken;
    } while (token);
    expect(names).toEqual(['m3', 'm2', 'm1']);
  });

  it('ends where so many bytes were read', () => {
    const page = new PageBuilder(10);
    page.look(100_000_000);
    expect(page.isFull).toBe(false);
    page.look(100_000_000);
    expect(page.isFull).toBe(true);
  });

  it('counts its texts as they travel, within JSON', () => {
    const text = JSON.stringify('"'.repeat(1_000_000));
    expect(wireBytes(text)).toBe(4_000_004);
    const page = new PageBuilder(10);
    expect([page.add(text), page.add(text)]).toEqual([true, false]);
    expect(page.finish(undefined).texts).toHaveLength(1);
  });

  it('that is sorted is refused, with the orders that need not be, where sorting takes too long', async () => {
    await addRun(1, 'a');
    slowClock(20_000);
    await expect(search('', ['status ASC'])).rejects.toThrow('order by start_time');
  });
});

it('has texts in the order of their bytes, beyond the characters of one unit too', async () => {
  const kinds = ['z', '\u{1f600}', '\uff21', '\u{10000}', '\ue000'];
  for (const [i, kind] of kinds.entries()) await addRun(i + 1, kind);
  const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const sorted = [...kinds].sort(byBytes).map((kind) => String(kinds.indexOf(kind) + 1));
  expect((await search('', ['tags.kind ASC'], undefined, 9)).texts).toEqual(sorted);
  const beginning = "tags.kind LIKE '\uff21%'";
  expect((await search(beginning, ['tags.kind ASC'], undefined, 9)).texts).toEqual(['3']);
  const sortedHere = await search('', ['tags.kind ASC', 'status ASC'], undefined, 9);
  expect(sortedHere.texts).toEqual(sorted);
});
