import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Metric } from '../../../ui/api/mlflow.ts';
import { lineOf, settingsOf, smooth, summarise } from '../../../ui/lib/curves.ts';

const point = (step: number, value: number | string, timestamp = 1000 + step): Metric => ({
  ...{ key: 'loss', value, step, timestamp },
});
const AS_IT_IS = { across: 'step', log: false } as const;

describe('smoothing', () => {
  // pandas.Series([1, 2, 4, 3]).ewm(alpha=0.4, adjust=True).mean(): the same weights, normalised.
  it('is the exponentially weighted mean of pandas', () => {
    const expected = [1, 1.625, 2.8367346938775513, 2.911764705882353];
    const found = smooth([1, 2, 4, 3], 0.6);
    for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 12);
  });

  it('passes over what is missing, and leaves it missing', () => {
    const [first, gap, last] = smooth([1, undefined, 2], 0.6);
    expect([first, gap]).toEqual([1, undefined]);
    expect(last).toBeCloseTo(1.625, 12);
  });

  const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 });
  const weight = fc.double({ min: 0, max: 0.99, noNaN: true });

  it('stays within the values that it has seen', () => {
    fc.assert(
      fc.property(values, weight, (given, w) => {
        for (const [i, value] of smooth(given, w).entries()) {
          const seen = given.slice(0, i + 1);
          expect(value).toBeGreaterThanOrEqual(Math.min(...seen) - 1e-3);
          expect(value).toBeLessThanOrEqual(Math.max(...seen) + 1e-3);
        }
      }),
    );
  });

  it('of weight 0 changes nothing', () => {
    const same = (given: number[]) => smooth(given, 0).every((value, i) => value === given[i]);
    fc.assert(fc.property(values, same));
  });
});

describe('the line of a metric', () => {
  const points = [point(2, 4), point(0, 1), point(1, 'NaN'), point(1, 3, 5000)];

  it('goes from step to step; of a step that comes twice the later point counts', () => {
    const { x, y } = lineOf('run', points, 1000, AS_IT_IS);
    expect([x, y]).toEqual([
      [0, 1, 2],
      [1, 3, 4],
    ]);
  });

  it('goes by time or by time since the start', () => {
    const time = { across: 'time', log: false } as const;
    expect(lineOf('run', points, 1000, time).x).toEqual([1000, 1001, 1002, 5000]);
    const since = lineOf('run', points, 1000, { ...time, across: 'relative' });
    expect(since.x).toEqual([0, 1, 2, 4000]);
    expect(since.y).toEqual([1, undefined, 4, 3]);
  });

  it('has no place for what a log scale has none for', () => {
    const { y } = lineOf('run', [point(0, 0), point(1, -1), point(2, 10)], 0, {
      ...{ across: 'step', log: true },
    });
    expect(y).toEqual([undefined, undefined, 10]);
  });

  it('is told in numbers', () => {
    const line = lineOf('run', [point(0, 3), point(1, 'Infinity'), point(2, 1)], 0, AS_IT_IS);
    expect(summarise(line)).toEqual({ points: 3, missing: 1, last: 1, least: 1, most: 3 });
    const none = lineOf('run', [point(0, 'NaN')], 0, AS_IT_IS);
    expect(summarise(none)).toMatchObject({ points: 1, missing: 1, last: undefined });
  });
});

describe('how curves are drawn', () => {
  it('is what the address says', () => {
    const query = { x: 'time', smooth: '0.6', log: 'true' };
    expect(settingsOf(query)).toEqual({ across: 'time', smoothing: 0.6, log: true });
  });

  it('is as it is where the address says nothing, or nothing that makes sense', () => {
    const plain = { across: 'step', smoothing: 0, log: false };
    expect(settingsOf({})).toEqual(plain);
    expect(settingsOf({ x: 'moon', smooth: '7', log: '1' })).toEqual(plain);
    expect(settingsOf({ smooth: '-1' })).toEqual(plain);
  });
});
