import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findQualityProblems } from '#core/monitoring/data-quality.ts';
import { distributionOf } from '#core/monitoring/distribution.ts';
import { absoluteErrorOf, accuracyOf, certainLoss } from '#core/monitoring/performance.ts';
import { dueWindows, lastWindow, windowId } from '#core/monitoring/windows.ts';
import { profileTable } from '#core/profile/profiler.ts';
import type { ColumnProfile } from '#core/profile/schema.ts';
import { wilsonInterval } from '#core/stats/wilson.ts';

const MINUTE = 60_000;

const numbers = (values: readonly number[]): ColumnProfile =>
  profileTable({
    rows: values.length,
    columns: [{ name: 'x', kind: 'numeric', values: Float64Array.from(values) }],
  }).columns[0] as ColumnProfile;

function texts(values: readonly (string | undefined)[]): ColumnProfile {
  const categories = [...new Set(values.filter((v) => v !== undefined))];
  const codes = Int32Array.from(values, (v) => (v === undefined ? -1 : categories.indexOf(v)));
  const column = { name: 'x', kind: 'text', codes, categories } as const;
  return profileTable({ rows: values.length, columns: [column] }).columns[0] as ColumnProfile;
}

const repeat = <T>(count: number, of: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => of(i));

describe('windows', () => {
  it('lie end to end, each due once it is over, whatever schedules were missed', () => {
    const [length, next] = [10 * MINUTE, 20 * MINUTE];
    expect(dueWindows(next, 29 * MINUTE, length, 9)).toEqual([]);
    expect(dueWindows(next, 51 * MINUTE, length, 9).map(({ from }) => from / MINUTE)).toEqual([
      20, 30, 40,
    ]);
    expect(dueWindows(next, 510 * MINUTE, length, 2)).toHaveLength(2);
  });

  it('cover all time once, in any rhythm of looking', () => {
    const looks = fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 30 });
    fc.assert(
      fc.property(looks, fc.integer({ min: 1, max: 60 }), (steps, minutes) => {
        let [now, next] = [1e6 * MINUTE, lastWindow(1e6 * MINUTE, minutes * MINUTE).to];
        const first = next;
        const seen: number[] = [];
        for (const step of steps) {
          now += step * MINUTE;
          for (const { from, to } of dueWindows(next, now, minutes * MINUTE, 1e6)) {
            seen.push(from);
            next = to;
          }
        }
        expect(seen).toEqual(seen.map((_, i) => first + i * minutes * MINUTE));
        expect(now - next).toBeLessThan(minutes * MINUTE);
      }),
    );
  });

  it('have ids that say what they are and sort by time', () => {
    const from = Date.UTC(2026, 10, 25, 22);
    expect(windowId({ from, to: from + 60 * MINUTE })).toBe('20261125T220000Z-60m');
  });
});

describe('data quality', () => {
  const reference = numbers(repeat(500, (i) => i % 100));

  it('has no finding where a window is as its reference, or too small to be certain', () => {
    expect(findQualityProblems(reference, numbers(repeat(200, (i) => i % 100)))).toEqual([]);
    const one = numbers([...repeat(20, (i) => i), Number.NaN]);
    expect(findQualityProblems(reference, one)).toEqual([]);
  });

  it('finds what is missing, with the interval that makes it certain', () => {
    const current = numbers([...repeat(80, (i) => i), ...repeat(20, () => Number.NaN)]);
    expect(findQualityProblems(reference, current)).toMatchObject([
      { kind: 'missing', share: 0.2, reference: 0, interval: wilsonInterval(20, 100) },
    ]);
  });

  it('finds what is out of range, infinite, or the same in every row', () => {
    const odd = numbers([...repeat(80, (i) => i), ...repeat(20, () => Number.POSITIVE_INFINITY)]);
    const kinds = findQualityProblems(reference, odd, { outside: 20 }).map(({ kind }) => kind);
    expect(kinds).toEqual(['out-of-range', 'infinite']);
    const same = numbers(repeat(50, () => 7));
    expect(findQualityProblems(reference, same).map(({ kind }) => kind)).toEqual(['constant']);
    expect(findQualityProblems(same, same)).toEqual([]);
  });

  it('finds texts that were never seen', () => {
    const known = texts(repeat(300, (i) => (i % 2 ? 'a' : 'b')));
    const current = texts(repeat(100, (i) => (i % 4 ? (i % 2 ? 'a' : 'b') : 'new')));
    expect(findQualityProblems(known, current)).toMatchObject([
      { kind: 'unseen-category', share: 0.25 },
    ]);
  });
});

describe('distributions', () => {
  it('are shares of both sides between the same edges, and sum to one', () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(values, values, (a, b) => {
        const found = distributionOf(numbers(a), numbers(b));
        for (const side of [found?.reference, found?.current] as number[][]) {
          expect(side.reduce((x, y) => x + y, 0)).toBeCloseTo(1, 4);
          expect(Math.min(...side)).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it('count as a loop over the values does', () => {
    const [a, b] = [repeat(1000, (i) => i), repeat(400, (i) => 300 + i)];
    const found = distributionOf(numbers(a), numbers(b));
    if (found?.kind !== 'numeric') throw new Error('not numeric');
    const { edges, current } = found;
    const counted = [...edges, Number.POSITIVE_INFINITY].map(
      (edge, i) => b.filter((v) => v <= edge && v > (edges[i - 1] ?? -Infinity)).length / 400,
    );
    for (const [i, share] of counted.entries()) expect(current[i]).toBeCloseTo(share, 1);
  });

  it('name the most frequent texts', () => {
    const found = distributionOf(texts(['a', 'a', 'b', undefined]), texts(['b', 'c']));
    expect(found).toEqual({
      kind: 'text',
      labels: ['b', 'a', 'c'],
      reference: [0.333333, 0.666667, 0],
      current: [0.5, 0, 0.5],
    });
    expect(distributionOf(texts(['a']), numbers([1]))).toBeUndefined();
  });
});

describe('performance', () => {
  const outcomes = repeat(100, (i) => ({ predicted: 'a', truth: i < 80 ? 'a' : 'b' }));

  it('is accuracy with its Wilson interval, and the loss that is certain', () => {
    const found = accuracyOf(outcomes);
    expect(found).toMatchObject({ value: 0.8, labelled: 100, interval: wilsonInterval(80, 100) });
    const { upper } = wilsonInterval(80, 100) as { upper: number };
    expect(certainLoss(found as never, 0.95)).toBeCloseTo(0.95 - upper, 12);
    expect(certainLoss(found as never, 0.82)).toBe(0);
    expect(accuracyOf([])).toBeUndefined();
  });

  it('is the mean absolute error of values, as by hand', () => {
    const found = absoluteErrorOf([1, 2, 3, 6].map((e) => ({ predicted: e, truth: 0 })));
    // Standard deviation of 1, 2, 3, 6: √(14/3).
    const half = 1.959963984540054 * Math.sqrt(14 / 3 / 4);
    expect(found?.value).toBe(3);
    expect(found?.interval.upper).toBeCloseTo(3 + half, 9);
    expect(certainLoss(found as never, 0.5)).toBeCloseTo((3 - half) / 0.5 - 1, 9);
  });
});
