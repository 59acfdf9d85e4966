import { BatchGetCommand, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { createExperiment } from '../../../functions/tracking/experiments.ts';
import { logBatch } from '../../../functions/tracking/log.ts';
import { createRun } from '../../../functions/tracking/runs.ts';
import { searchRuns } from '../../../functions/tracking/search.ts';
import { trackingTable } from '../../helpers/tracking-table.ts';

process.env.TABLE_NAME = 'table';
const SPACE = 'default';
const BY = { actor: 'a', requestId: 'r' };
const SEARCHES = [
  { filter: '', orderBy: [] },
  { filter: '', orderBy: ['metrics.loss DESC'] },
  { filter: "params.group = '1'", orderBy: [] },
  { filter: 'metrics.loss > 3', orderBy: ['metrics.loss ASC'] },
  { filter: "status = 'RUNNING'", orderBy: ['start_time ASC'] },
];

/** Requests to the table, and items that they gave, for a page of each search. */
async function costs(runs: number): Promise<[number, number][]> {
  // Pages as large as DynamoDB's.
  const { client } = trackingTable(10_000);
  const { id } = await createExperiment(SPACE, { name: 'one', tags: new Map() }, BY);
  for (let i = 0; i < runs; i++) {
    const named = { experimentId: id, userId: '', name: `r${i}`, tags: new Map() };
    const { info } = await createRun(SPACE, { ...named, startTime: 1000 + i });
    const metrics = [{ key: 'loss', value: i % 97, timestamp: 1, step: 0 }];
    const params = [{ key: 'group', value: String(i % 2) }];
    await logBatch(SPACE, info.id, { metrics, params, tags: [] });
  }
  const found: [number, number][] = [];
  for (const one of SEARCHES) {
    client.resetHistory();
    const page = { ...one, experiments: [id], view: 'ACTIVE_ONLY' as const, limit: 20 };
    expect((await searchRuns(SPACE, page, ({ info }) => info.id)).texts).toHaveLength(20);
    const calls = [GetCommand, BatchGetCommand, QueryCommand].flatMap((c) =>
      client.commandCalls(c as never),
    );
    const answers = (await Promise.all(calls.map(({ returnValue }) => returnValue))) as any[];
    const items = answers.flatMap(
      ({ Items, Responses }) => Items ?? Object.values(Responses ?? {}).flat(),
    );
    found.push([calls.length, items.length]);
  }
  return found;
}

describe('a page of a search', () => {
  it('costs the same whatever the number of runs', async () => {
    const [few, many] = [await costs(600), await costs(1200)];
    expect(many).toEqual(few);
  });
});
