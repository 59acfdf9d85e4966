import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareLatest } from '#core/tracking/metrics.ts';
import { createExperiment } from '../../../functions/tracking/experiments.ts';
import { handler } from '../../../functions/tracking/handlers/api.ts';
import { addInputsAndOutputs } from '../../../functions/tracking/inputs.ts';
import { logBatch } from '../../../functions/tracking/log.ts';
import { createRun } from '../../../functions/tracking/runs.ts';
import { httpEvent } from '../../helpers/invoke.ts';
import { trackingTable } from '../../helpers/tracking-table.ts';

process.env.TABLE_NAME = 'table';
const SPACE = 'default';
const BY = { actor: 'a', requestId: 'r' };
let experiment: string;

/** What pages of the curves and datasets of several runs are made of. */
async function ask(method: string, path: string, sent: URLSearchParams | object) {
  const isQuery = sent instanceof URLSearchParams;
  const event = httpEvent({
    method,
    path: `/api/2.0/mlflow/${path}`,
    ...(!isQuery && { body: sent }),
  });
  const answer = await handler({ ...event, rawQueryString: isQuery ? String(sent) : '' });
  expect(answer.statusCode).toBe(200);
  return JSON.parse(answer.body as string);
}

const query = (fields: Record<string, string | number | readonly string[]>) =>
  new URLSearchParams(
    Object.entries(fields).flatMap(([key, value]) =>
      [value].flat().map((one): [string, string] => [key, String(one)]),
    ),
  );
const bulk = async (fields: Parameters<typeof query>[0]) =>
  (await ask('GET', 'metrics/get-history-bulk', query({ metric_key: 'loss', ...fields }))).metrics;
const interval = async (fields: Parameters<typeof query>[0]) =>
  (await ask('GET', 'metrics/get-history-bulk-interval', query({ metric_key: 'loss', ...fields })))
    .metrics;

async function newRun(name: string, startTime = 1, experimentId = experiment): Promise<string> {
  const wanted = { experimentId, userId: '', name, startTime, tags: new Map() };
  return (await createRun(SPACE, wanted)).info.id;
}
/** Steps are values, so that a point shows where it is from. */
const log = (run: string, steps: readonly number[], key = 'loss') =>
  logBatch(SPACE, run, {
    metrics: steps.map((step) => ({ key, value: step, timestamp: 1000 + step, step })),
    ...{ params: [], tags: [] },
  });
const steps = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

beforeEach(async () => {
  trackingTable(1000);
  ({ id: experiment } = await createExperiment(SPACE, { name: 'e', tags: new Map() }, BY));
});

describe('the histories of several runs', () => {
  it('are told run by run, each point with its run', async () => {
    const runs = [await newRun('a'), await newRun('b'), await newRun('c')].sort();
    for (const [i, run] of runs.entries()) await log(run, steps(10 * i, 3));
    await log(runs[0] as string, [99], 'other');
    const found = await bulk({ run_id: runs });
    expect(found).toEqual(
      runs.flatMap((run_id, i) =>
        steps(10 * i, 3).map((step) => ({
          ...{ key: 'loss', value: step, timestamp: 1000 + step, step, run_id },
        })),
      ),
    );
    expect(await bulk({ run_id: [...runs].reverse() })).toEqual(found);
    expect(await bulk({ run_id: runs, max_results: 4 })).toEqual(found.slice(0, 4));
  });

  it('are those of the runs that have the metric', async () => {
    const [with_, without] = [await newRun('a'), await newRun('b')];
    await log(with_, [1]);
    await log(without, [1], 'other');
    const found = await bulk({ run_id: [with_, without] });
    expect(found.map(({ run_id }: { run_id: string }) => run_id)).toEqual([with_]);
  });
});

describe('samples of curves', () => {
  it('are all points where they are few, in the order of steps', async () => {
    const run = await newRun('a');
    await log(run, [3, 1, 2]);
    const found = await interval({ run_ids: run });
    expect(found.map(({ step }: { step: number }) => step)).toEqual([1, 2, 3]);
    expect(found[0]).toEqual({ key: 'loss', value: 1, timestamp: 1001, step: 1, run_id: run });
  });

  it('are of the steps that are asked for, the ends among them', async () => {
    const run = await newRun('a');
    await log(run, steps(0, 20));
    const found = await interval({ run_ids: run, start_step: 5, end_step: 9 });
    expect(found.map(({ step }: { step: number }) => step)).toEqual([5, 6, 7, 8, 9]);
  });

  it('are spread evenly, begin with the first and end with the last', async () => {
    const run = await newRun('a');
    await log(run, steps(0, 1000));
    await log(run, steps(1000, 1000));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 500 }), async (most) => {
        const found = await interval({ run_ids: run, max_results: most });
        const at = found.map(({ step }: { step: number }) => step);
        expect(at.length).toBe(most);
        expect([at[0], at.at(-1)]).toEqual([0, 1999]);
        expect(found).toEqual([...found].sort(compareLatest));
        const gaps = at.slice(1, -1).map((step: number, i: number) => step - at[i]);
        expect(Math.max(...gaps, 0) - Math.min(...gaps, 2000)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 15 },
    );
  });

  it('are of each run so many', async () => {
    const runs = [await newRun('a'), await newRun('b')];
    for (const run of runs) await log(run, steps(0, 100));
    const found = await interval({ run_ids: runs, max_results: 10 });
    for (const run of runs) {
      const own = found.filter(({ run_id }: { run_id: string }) => run_id === run);
      expect([own.length, own.at(-1).step]).toEqual([10, 99]);
    }
  });
});

describe('the datasets of experiments', () => {
  const give = (run: string, name: string, context?: string) =>
    addInputsAndOutputs(SPACE, run, {
      datasets: [
        {
          tags: context ? [{ key: 'mlflow.data.context', value: context }] : [],
          dataset: { name, digest: `${name}-1`, source_type: 'local', source: '{}' },
        },
      ],
    });
  const search = async (...experiment_ids: string[]) =>
    (await ask('POST', 'experiments/search-datasets', { experiment_ids })).dataset_summaries;

  it('are told once each, with their contexts, and of those experiments alone', async () => {
    const other = await createExperiment(SPACE, { name: 'other', tags: new Map() }, BY);
    const [one, two] = [await newRun('1', 1), await newRun('2', 2)];
    const elsewhere = await newRun('3', 3, other.id);
    await give(one, 'wages', 'training');
    await give(two, 'wages', 'training');
    await give(two, 'wages', 'evaluation').catch(() => {});
    await give(two, 'plain');
    await give(elsewhere, 'ages', 'training');
    const wages = {
      experiment_id: experiment,
      name: 'wages',
      digest: 'wages-1',
      context: 'training',
    };
    const plain = { experiment_id: experiment, name: 'plain', digest: 'plain-1' };
    const ages = { experiment_id: other.id, name: 'ages', digest: 'ages-1', context: 'training' };
    const found = await search(experiment);
    expect(found).toHaveLength(2);
    expect(found).toEqual(expect.arrayContaining([wages, plain]));
    expect(await search(other.id)).toEqual([ages]);
    expect(await search(experiment, other.id)).toHaveLength(3);
    expect(await search('12345')).toEqual([]);
  });

  it('are those of the latest runs, however many there are', async () => {
    const table = trackingTable(10_000);
    ({ id: experiment } = await createExperiment(SPACE, { name: 'many', tags: new Map() }, BY));
    for (let i = 0; i < 2200; i++) {
      const run = await newRun(`r${i}`, 1000 + i);
      if (i === 0 || i === 2199) await give(run, `of-${i}`);
    }
    table.client.resetHistory();
    expect((await search(experiment)).map(({ name }: { name: string }) => name)).toEqual([
      'of-2199',
    ]);
    expect(table.client.calls().length).toBeLessThan(100);
  }, 60_000);
});
