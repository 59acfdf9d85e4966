import { describe, expect, it } from '@jest/globals';
import { putEntries } from '../../../functions/tracking/entry-store.ts';
import { createExperiment } from '../../../functions/tracking/experiments.ts';
import { logBatch } from '../../../functions/tracking/log.ts';
import { createRun, deleteRunTag } from '../../../functions/tracking/runs.ts';
import { searchRuns } from '../../../functions/tracking/search.ts';
import { trackingTable } from '../../helpers/tracking-table.ts';

process.env.TABLE_NAME = 'table';
const SPACE = 'default';
const BY = { actor: 'alice', requestId: 'r' };

async function begin() {
  const table = trackingTable();
  const { id } = await createExperiment(SPACE, { name: 'one', tags: new Map() }, BY);
  const wanted = { experimentId: id, userId: '', name: 'r', startTime: 1, tags: new Map() };
  const run = (await createRun(SPACE, wanted)).info.id;
  const search = (filter: string) => ({
    ...{ filter, experiments: [id], orderBy: [], view: 'ALL' as const, limit: 5 },
  });
  const isFound = async (filter: string) =>
    (await searchRuns(SPACE, search(filter), ({ info }) => info.id)).texts.includes(run);
  return { table, run, isFound };
}

const metric = (value: number, step: number) => ({
  ...{ metrics: [{ key: 'loss', value, timestamp: 1, step }], params: [], tags: [] },
});
const tag = (value: string) => ({ metrics: [], params: [], tags: [{ key: 't', value }] });

describe('an index, where one writer deletes late what another has put again', () => {
  it('keeps a metric', async () => {
    const { table, run, isFound } = await begin();
    await logBatch(SPACE, run, metric(0.5, 1));
    table.hooks.beforeDelete = () => logBatch(SPACE, run, metric(0.5, 3));
    await logBatch(SPACE, run, metric(0.6, 2));
    expect(await isFound('metrics.loss = 0.5')).toBe(true);
    expect(await isFound('metrics.loss = 0.6')).toBe(false);
  });

  it('keeps a tag, though somebody slower still has put it for an earlier revision', async () => {
    const { table, run, isFound } = await begin();
    await logBatch(SPACE, run, tag('a'));
    table.hooks.beforeDelete = async () => {
      await logBatch(SPACE, run, tag('a'));
      const entries = [...table.items.values()].filter(({ pk }) => pk.endsWith('#tag#t'));
      await putEntries(
        entries.map(({ pk, sk }) => ({ pk, sk })),
        1,
      );
    };
    await logBatch(SPACE, run, tag('b'));
    expect(await isFound("tags.t = 'a'")).toBe(true);
  });

  it('keeps a tag that was deleted and set again', async () => {
    const { table, run, isFound } = await begin();
    await logBatch(SPACE, run, tag('a'));
    table.hooks.beforeDelete = () => logBatch(SPACE, run, tag('a'));
    await deleteRunTag(SPACE, run, 't');
    expect(await isFound("tags.t = 'a'")).toBe(true);
  });

  it('forgets what nothing stands behind', async () => {
    const { table, run } = await begin();
    for (const value of ['a', 'b', 'a', 'c']) await logBatch(SPACE, run, tag(value));
    const entries = [...table.items.values()].filter(({ pk }) => pk.endsWith('#tag#t'));
    expect(entries.map(({ sk }) => sk[0])).toEqual(['c']);
  });
});
