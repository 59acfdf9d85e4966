import { describe, expect, it } from '@jest/globals';
import type { Run } from '../../../ui/api/mlflow.ts';
import { columnsOf, usualColumns, valueOfRun } from '../../../ui/lib/run-columns.ts';

const run = (over: Partial<Run['data']> = {}, info: Partial<Run['info']> = {}): Run => ({
  info: {
    ...{ run_id: 'r', run_name: 'calm-carp', experiment_id: '1', user_id: 'mira' },
    ...{ status: 'FINISHED', start_time: 1000, end_time: 3500, artifact_uri: '' },
    ...{ lifecycle_stage: 'active', ...info },
  },
  data: { metrics: [], params: [], tags: [], ...over },
  ...{ inputs: {}, outputs: {} },
});
const metric = (key: string, value: number | string) => ({ key, value, timestamp: 0, step: 0 });

describe('a column of runs', () => {
  const of = run({
    metrics: [metric('a.b', 0.5), metric('bad', 'NaN')],
    params: [{ key: 'metrics.x', value: '7' }],
    tags: [{ key: 'team', value: 'sea' }],
  });

  it.each([
    ['metrics.a.b', 0.5],
    ['metrics.bad', Number.NaN],
    ['params.metrics.x', '7'],
    ['tags.team', 'sea'],
    ['duration', 2500],
    ['user_id', 'mira'],
    ['metrics.none', undefined],
  ])('%s holds %p', (column, value) => expect(valueOfRun(of, column)).toBe(value));

  it('has no duration while the run is at work', () => {
    const { end_time: _, ...info } = run().info;
    expect(valueOfRun({ ...run(), info }, 'duration')).toBeUndefined();
  });
});

describe('the columns that are offered', () => {
  it('are those of any run, in order, without the tags of MLflow itself', () => {
    const first = run({ metrics: [metric('b', 1)], tags: [{ key: 'mlflow.user', value: 'x' }] });
    const second = run({ metrics: [metric('a', 1)], tags: [{ key: 'team', value: 'x' }] });
    expect(columnsOf([first, second])).toEqual(['metrics.a', 'metrics.b', 'tags.team']);
  });

  it('are shown in part, with the one that the table is sorted by', () => {
    const all = ['a', 'b', 'c', 'd', 'e'].map((key) => `metrics.${key}`);
    const usual = ['start_time', 'duration', ...all.slice(0, 4)];
    expect(usualColumns(all, 'start_time')).toEqual(usual);
    expect(usualColumns(all, 'run_name')).toEqual(usual);
    expect(usualColumns(all, 'metrics.e')).toEqual([...usual, 'metrics.e']);
  });
});
