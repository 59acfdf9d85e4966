import { describe, expect, it } from '@jest/globals';
import type { Run } from '../../../ui/api/mlflow.ts';
import {
  type Axis,
  axisOf,
  differencesOf,
  isWithin,
  parseRanges,
  usualAxes,
  writeRanges,
} from '../../../ui/lib/comparison.ts';
import { dotsOf } from '../../../ui/lib/scatter.ts';

const pairs = (of: Record<string, string>) =>
  Object.entries(of).map(([key, value]) => ({ key, value }));

const run = (
  params: Record<string, string>,
  metrics: Record<string, number | string> = {},
): Run => ({
  info: {
    ...{ run_id: JSON.stringify(params), run_name: '', experiment_id: '1', user_id: '' },
    ...{ status: 'FINISHED', start_time: 0, artifact_uri: '', lifecycle_stage: 'active' },
  },
  data: {
    params: pairs(params),
    metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, timestamp: 0, step: 0 })),
    tags: [],
  },
  ...{ inputs: {}, outputs: {} },
});

describe('what runs differ in', () => {
  const runs = [
    run({ depth: '2', seed: '1' }, { rmse: 0.5, bad: 'NaN' }),
    run({ depth: '3', seed: '1' }, { rmse: 0.4, bad: 'NaN' }),
  ];

  it('is shown column by column, params first', () => {
    expect(differencesOf(runs).map(({ column, differs }) => [column, differs])).toEqual([
      ['params.depth', true],
      ['params.seed', false],
      ['metrics.bad', false],
      ['metrics.rmse', true],
    ]);
  });

  it('is also that one has no such value', () => {
    const [found] = differencesOf([run({}), run({ depth: '2' })]);
    expect(found).toEqual({ column: 'params.depth', values: [undefined, '2'], differs: true });
  });
});

describe('an axis', () => {
  const at = (axis: Axis | undefined, runs: readonly Run[]) => runs.map((one) => axis?.of(one));

  it('goes from the least to the most number, those in texts too', () => {
    const runs = [run({ lr: '1e-2' }), run({ lr: '0.03' }), run({ lr: '0.02' }), run({})];
    const axis = axisOf('params.lr', runs);
    const [low, high, half, none] = at(axis, runs);
    expect([low, high, none]).toEqual([0, 1, undefined]);
    expect(half).toBeCloseTo(0.5, 12);
    expect([axis?.ticks[0], axis?.ticks.at(-1)]).toEqual([
      [0, 0.01],
      [1, 0.03],
    ]);
  });

  it('names values that are no numbers, all of them', () => {
    const runs = [run({ loss: 'huber' }), run({ loss: '2' }), run({ loss: 'mae' })];
    const axis = axisOf('params.loss', runs);
    expect(axis?.ticks).toEqual([
      [0, '2'],
      [0.5, 'huber'],
      [1, 'mae'],
    ]);
    expect(at(axis, runs)).toEqual([0.5, 0, 1]);
  });

  it('of one value has it in the middle', () => {
    expect(at(axisOf('params.a', [run({ a: '7' })]), [run({ a: '7' })])).toEqual([0.5]);
    expect(at(axisOf('params.a', [run({ a: 'x' })]), [run({ a: 'x' })])).toEqual([0.5]);
  });

  it('has no place for NaN, and is none without numbers or with too many names', () => {
    const runs = [run({}, { m: 'NaN' }), run({}, { m: 1 }), run({}, { m: 3 })];
    expect(at(axisOf('metrics.m', runs), runs)).toEqual([undefined, 0, 1]);
    expect(axisOf('metrics.m', runs.slice(0, 1))).toBeUndefined();
    const many = Array.from({ length: 21 }, (_, i) => run({ name: `n${i}` }));
    expect(axisOf('params.name', many)).toBeUndefined();
  });

  it('is one that most runs have and that differs, by itself', () => {
    const runs = [1, 2, 3].map((i) =>
      run({ depth: `${i}`, seed: '1' }, { rmse: i, ...(i === 1 && { rare: 1 }) }),
    );
    expect(usualAxes(runs)).toEqual(['params.depth', 'metrics.rmse']);
  });
});

describe('ranges of axes', () => {
  const runs = [0, 5, 10].map((depth) => run({ depth: `${depth}` }));
  const axes = [axisOf('params.depth', runs) as Axis];
  const within = (text: string) =>
    runs.map((one) => isWithin(one, axes, parseRanges(text === '' ? [] : [text])));

  it('let runs through, bounds included', () => {
    expect(within('')).toEqual([true, true, true]);
    expect(within('params.depth~0~50')).toEqual([true, true, false]);
    expect(within('params.depth~51~100')).toEqual([false, false, true]);
  });

  it('of columns without an axis are left alone', () => {
    expect(within('params.other~0~1')).toEqual([true, true, true]);
  });

  it('let nothing through that has no value', () => {
    expect(isWithin(run({}), axes, parseRanges(['params.depth~0~100']))).toBe(false);
  });

  it('are words of the address, those of a whole axis none', () => {
    const ranges = parseRanges(['metrics.a~b~10~90', 'nonsense']);
    expect([...ranges]).toEqual([['metrics.a~b', [10, 90]]]);
    expect(writeRanges(new Map([...ranges, ['x', [0, 100]]]))).toEqual(['metrics.a~b~10~90']);
  });
});

describe('the dots of a scatter plot', () => {
  const runs = [
    run({ lr: '0.1' }, { rmse: 2 }),
    run({ lr: '0' }, { rmse: 1 }),
    run({ lr: 'auto' }, { rmse: 3 }),
    run({ lr: '' }, { rmse: 3 }),
    run({ lr: '0.3' }),
  ];

  it('are the runs that have a number for both, from left to right', () => {
    const dots = dotsOf(runs, 'params.lr', 'metrics.rmse', false);
    expect(dots.map(({ x, y }) => [x, y])).toEqual([
      [0, 1],
      [0.1, 2],
    ]);
  });

  it('lie above zero on log scales', () => {
    expect(dotsOf(runs, 'params.lr', 'metrics.rmse', true).map(({ x }) => x)).toEqual([0.1]);
  });
});
