import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findQualityProblems } from '#core/monitoring/data-quality.ts';
import { distributionOf } from '#core/monitoring/distribution.ts';
import { certainLoss, classFigures, valueFigures } from '#core/monitoring/performance.ts';
import { dueWindows, lastWindow, windowId } from '#core/monitoring/windows.ts';
import { profileTable } from '#core/profile/profiler.ts';
import type { ColumnProfile } from '#core/profile/schema.ts';
import { Random } from '#core/random.ts';
import { wilsonInterval } from '#core/stats/wilson.ts';
import type { ClassScores } from '#core/table/scores.ts';

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
  const scores = (predicted: number[], probabilities?: number[]): ClassScores => ({
    ...{ kind: 'classes', classes: ['no', 'yes'], predicted: Int32Array.from(predicted) },
    probabilities: probabilities && Float64Array.from(probabilities),
  });
  const options = { positive: 1, random: new Random(1) };

  it('has the figures of the quality check with their intervals, and the loss that is certain', () => {
    const truth = Int32Array.from(repeat(100, (i) => (i < 50 ? 1 : 0)));
    const predicted = repeat(100, (i) => (i < 40 || (i >= 50 && i < 60) ? 1 : 0));
    const found = classFigures(scores(predicted), truth, options);
    expect(found.accuracy).toEqual({ value: 0.8, interval: wilsonInterval(80, 100), n: 100 });
    expect(found.precision).toEqual({ value: 0.8, interval: wilsonInterval(40, 50), n: 50 });
    expect(found.recall).toEqual({ value: 0.8, interval: wilsonInterval(40, 50), n: 50 });
    expect(found['roc-auc']).toBeUndefined();
    const { upper } = wilsonInterval(80, 100) as { upper: number };
    expect(certainLoss('accuracy', found.accuracy!, { value: 0.95 })).toBeCloseTo(0.95 - upper, 12);
    expect(certainLoss('accuracy', found.accuracy!, { value: 0.82 })).toBe(0);
    expect(certainLoss('accuracy', found.accuracy!, undefined)).toBeUndefined();
    // Two proportions of 100 each: the root of the squares of both distances to their bounds.
    const before = { value: 0.95, interval: wilsonInterval(95, 100) };
    const known = Math.hypot(0.95 - wilsonInterval(95, 100)!.lower, upper - 0.8);
    expect(certainLoss('accuracy', found.accuracy!, before)).toBeCloseTo(0.15 - known, 12);
  });

  it('is the same with the classes in the other order', () => {
    const truth = Int32Array.of(1, 1, 0, 0, 1, 0);
    const said = [1, 0, 0, 1, 1, 0];
    const p = said.flatMap((code, i) => (code === 1 ? [0.3 - i / 99, 0.7 + i / 99] : [0.6, 0.4]));
    const found = classFigures(scores(said, p), truth, { ...options, random: new Random(1) });
    const turned = classFigures(
      scores(
        said.map((code) => 1 - code),
        p.map((_, i) => p[i % 2 === 0 ? i + 1 : i - 1] as number),
      ),
      truth.map((code) => 1 - code),
      { positive: 0, random: new Random(1) },
    );
    expect(turned).toEqual(found);
    expect(found['roc-auc']?.value).toBeCloseTo(6 / 9, 12);
  });

  it('is the errors of values, as by hand', () => {
    const zeros = new Float64Array(4);
    const { mae, rmse, bias } = valueFigures(zeros, Float64Array.of(1, -2, 3, 6));
    // Standard deviation of 1, 2, 3, 6: √(14/3).
    const half = 1.959963984540054 * Math.sqrt(14 / 3 / 4);
    expect(mae?.value).toBe(3);
    expect(mae?.interval?.upper).toBeCloseTo(3 + half, 9);
    expect(rmse?.value).toBeCloseTo(Math.sqrt(12.5), 12);
    expect(bias?.value).toBe(2);
    expect(certainLoss('mae', mae!, { value: 0.5 })).toBeCloseTo((3 - half) / 0.5 - 1, 9);
    expect(certainLoss('bias', bias!, { value: 0.5 })).toBeUndefined();
    expect(valueFigures(zeros.subarray(1, 2), zeros.subarray(1, 2)).mae?.value).toBeNull();
  });
});
