import { BatchWriteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareHistory, latest, type Point } from '#core/tracking/metrics.ts';
import { createExperiment, moveExperiment } from '../../../functions/tracking/experiments.ts';
import { readHistory } from '../../../functions/tracking/history.ts';
import { addInputsAndOutputs } from '../../../functions/tracking/inputs.ts';
import { logBatch } from '../../../functions/tracking/log.ts';
import { createRun, getRun, moveRun } from '../../../functions/tracking/runs.ts';
import { trackingTable } from '../../helpers/tracking-table.ts';

process.env.TABLE_NAME = 'table';
const SPACE = 'default';
const BY = { actor: 'alice', requestId: 'r' };
const newRun = async () => {
  const { id } = await createExperiment(SPACE, { name: 'one', tags: new Map() }, BY);
  const run = { experimentId: id, userId: '', name: 'r', startTime: 1, tags: new Map() };
  return (await createRun(SPACE, run)).info.id;
};
const batch = (metrics: readonly Point[], key = 'loss') => ({
  ...{ metrics: metrics.map((point) => ({ ...point, key })), params: [], tags: [] },
});

let table: ReturnType<typeof trackingTable>;
beforeEach(() => {
  table = trackingTable();
});

const point = fc.record({
  value: fc.constantFrom(0, 1, -2.5, Number.NaN, Number.POSITIVE_INFINITY),
  timestamp: fc.integer({ min: 0, max: 9 }),
  step: fc.integer({ min: 0, max: 3 }),
});

describe('a metric', () => {
  it('keeps each point once in order, and the greatest as its latest, whoever logs what how often', async () => {
    const cases = fc.asyncProperty(
      fc.array(fc.array(point, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 4 }),
      async (batches, limit) => {
        trackingTable();
        const run = await newRun();
        await Promise.all(batches.map((points) => logBatch(SPACE, run, batch(points))));
        // As a client does whose answer was lost.
        await logBatch(SPACE, run, batch(batches[0] as Point[]));
        const all = batches.flat().sort(compareHistory);
        const distinct = all.filter(
          (p, i) => i === 0 || compareHistory(p, all[i - 1] as Point) > 0,
        );
        const found: Point[] = [];
        let token: string | undefined;
        do {
          const page = await readHistory(SPACE, run, 'loss', { limit, token });
          expect(page.points.length).toBeLessThanOrEqual(limit);
          found.push(...page.points);
          token = page.nextToken;
        } while (token);
        expect(found).toEqual(distinct);
        const greatest = all.reduce<Point | undefined>(latest, undefined);
        expect((await getRun(SPACE, run)).metrics.get('loss')).toEqual(greatest);
      },
    );
    await fc.assert(cases, { numRuns: 40 });
  });

  it('takes no token but its own', async () => {
    const run = await newRun();
    await expect(readHistory(SPACE, run, 'loss', { limit: 1, token: 'x' })).rejects.toThrow(
      'page_token',
    );
  });
});

describe('a batch', () => {
  it('writes its points as one item for each metric, and the same items when it comes again', async () => {
    const run = await newRun();
    const points = Array.from({ length: 1000 }, (_, i) => ({ value: i, timestamp: i, step: i }));
    await logBatch(SPACE, run, batch(points));
    const before = new Set(table.items.keys());
    table.client.resetHistory();
    await logBatch(SPACE, run, batch(points));
    expect(new Set(table.items.keys())).toEqual(before);
    expect(table.client.commandCalls(PutCommand)).toHaveLength(0);
    expect(table.client.commandCalls(BatchWriteCommand)).toHaveLength(1);
  });

  it('keeps of a long value what the limit allows, and takes it again', async () => {
    const run = await newRun();
    const long = {
      params: [{ key: 'p', value: '😀'.repeat(6001) }],
      tags: [{ key: 't', value: 'x'.repeat(9000) }],
    };
    await logBatch(SPACE, run, { metrics: [], ...long });
    await logBatch(SPACE, run, { metrics: [], ...long });
    const { params, tags } = await getRun(SPACE, run);
    expect(params.get('p')).toBe('😀'.repeat(6000));
    expect(tags.get('t')).toBe('x'.repeat(8000));
    const key = 'k'.repeat(251);
    for (const field of ['params', 'tags']) {
      const batch = { metrics: [], params: [], tags: [], [field]: [{ key, value: '' }] };
      await expect(logBatch(SPACE, run, batch)).rejects.toThrow('at most 250');
    }
  });

  it('is done again where another was faster, and neither is lost', async () => {
    const run = await newRun();
    const params = Array.from({ length: 8 }, (_, i) => [{ key: `p${i}`, value: 'v' }]);
    await Promise.all(
      params.map((one) => logBatch(SPACE, run, { metrics: [], params: one, tags: [] })),
    );
    expect((await getRun(SPACE, run)).params.size).toBe(8);
  });

  it('spreads over as many items as it needs, none near to what the table takes', async () => {
    const run = await newRun();
    for (let i = 0; i < 200; i += 50) {
      const params = Array.from({ length: 50 }, (_, k) => ({
        key: `p${i + k}`,
        value: '€'.repeat(2000),
      }));
      await logBatch(SPACE, run, { metrics: [], params, tags: [] });
    }
    const grown = [{ key: 't', value: 'x'.repeat(8000) }];
    await logBatch(SPACE, run, { metrics: [], params: [], tags: grown });
    const sizes = [...table.items.values()].map((item) => Buffer.byteLength(JSON.stringify(item)));
    expect(Math.max(...sizes)).toBeLessThan(400_000);
    const { params, tags } = await getRun(SPACE, run);
    expect([params.size, params.get('p199')?.length, tags.get('t')?.length]).toEqual([
      200, 2000, 8000,
    ]);
    const other = [{ key: 'p199', value: 'other' }];
    await expect(logBatch(SPACE, run, { metrics: [], params: other, tags: [] })).rejects.toThrow(
      'p199',
    );
  });
});

describe('a change of an experiment or run', () => {
  it('is on record with who made it, once', async () => {
    const run = await newRun();
    const { experimentId } = (await getRun(SPACE, run)).info;
    await moveRun(SPACE, run, 'deleted', BY);
    await moveRun(SPACE, run, 'deleted', BY);
    await moveExperiment(SPACE, experimentId, 'deleted', BY);
    const entries = [...table.items.values()].filter(({ pk }) => pk === 'AUDIT');
    expect(entries.map(({ actor, action, resource }) => [actor, action, resource])).toEqual([
      ['alice', 'experiment.create', `experiment/${experimentId}`],
      ['alice', 'run.delete', `run/${run}`],
      ['alice', 'experiment.delete', `experiment/${experimentId}`],
    ]);
    expect(entries[1]?.event).toMatchObject({
      name: 'TrackingChanged',
      detail: { workspace: SPACE, experiment: experimentId, run, change: 'deleted' },
    });
  });
});

describe('inputs and outputs', () => {
  it('are there once, however often they are logged', async () => {
    const run = await newRun();
    const dataset = { name: 'd', digest: '1', source_type: 'local', source: '{}' };
    const io = { datasets: [{ tags: [], dataset }], modelOutputs: [{ model_id: 'm-1', step: 0 }] };
    await addInputsAndOutputs(SPACE, run, io);
    await addInputsAndOutputs(SPACE, run, io);
    await addInputsAndOutputs(SPACE, run, { modelInputs: [{ model_id: 'm-2' }] });
    expect(await getRun(SPACE, run)).toMatchObject({ ...io, modelInputs: [{ model_id: 'm-2' }] });
  });
});
