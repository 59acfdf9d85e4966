import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { benjaminiHochberg } from '#core/stats/benjamini-hochberg.ts';
import { betaCdf } from '#core/stats/beta.ts';
import {
  binomialCdf,
  chiSquareSurvival,
  hypergeometricTail,
  normalCdf,
  normalSurvival,
  studentSurvival,
} from '#core/stats/distributions.ts';
import { logGamma, upperGamma } from '#core/stats/gamma.ts';
import { normalQuantile } from '#core/stats/normal-quantile.ts';
import { wilsonInterval } from '#core/stats/wilson.ts';
import reference from '../../../references/quality/distributions.json' with { type: 'json' };

/** Each row holds the arguments, then what scipy answers. */
function agrees(
  rows: number[][],
  compute: (...args: number[]) => number,
  relative = 1e-10,
  tiny = 1e-290,
) {
  const wrong = rows.filter((row) => {
    const expected = row.at(-1) as number;
    const got = compute(...row.slice(0, -1));
    return !(Math.abs(got - expected) <= relative * Math.abs(expected) + tiny);
  });
  expect(rows.length).toBeGreaterThan(5);
  expect(wrong.map((row) => [...row, compute(...row.slice(0, -1))])).toEqual([]);
}

describe('the distributions agree with scipy', () => {
  it('log gamma', () => agrees(reference.logGamma, logGamma, 1e-12, 1e-15));
  it('incomplete gamma', () => agrees(reference.upperGamma, upperGamma));
  it('normal', () => agrees(reference.normalCdf, normalCdf));
  it('normal quantile', () => agrees(reference.normalQuantile, normalQuantile, 1e-14));
  it('chi-square', () => agrees(reference.chiSquareSurvival, chiSquareSurvival));
  it('Student', () => agrees(reference.studentSurvival, studentSurvival));
  it('beta', () => agrees(reference.betaCdf, betaCdf, 1e-8));
  it('binomial', () => agrees(reference.binomialCdf, binomialCdf));
  it('hypergeometric', () =>
    agrees(
      reference.hypergeometricTail,
      (k, total, marked, drawn) =>
        hypergeometricTail(k!, { total: total!, marked: marked!, drawn: drawn! }),
      1e-7,
    ));
});

describe('the distributions', () => {
  it('go from 0 to 1 and never down', () => {
    const point = fc.double({ min: -50, max: 50, noNaN: true });
    fc.assert(
      fc.property(point, point, fc.double({ min: 0.1, max: 300, noNaN: true }), (x, y, k) => {
        const [low, high] = x < y ? [x, y] : [y, x];
        expect(normalCdf(low)).toBeLessThanOrEqual(normalCdf(high) + 1e-12);
        expect(studentSurvival(low, k)).toBeGreaterThanOrEqual(studentSurvival(high, k) - 1e-12);
        expect(normalCdf(x) + normalSurvival(x)).toBeCloseTo(1, 12);
        expect(normalCdf(normalQuantile(normalCdf(x / 8)))).toBeCloseTo(normalCdf(x / 8), 12);
      }),
    );
  });

  it('answer at infinity', () => {
    expect(studentSurvival(Number.POSITIVE_INFINITY, 3)).toBe(0);
    expect(studentSurvival(Number.NEGATIVE_INFINITY, 3)).toBe(1);
    expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('benjaminiHochberg', () => {
  it('agrees with statsmodels', () => {
    for (const { pValues, adjusted } of reference.benjaminiHochberg) {
      const got = benjaminiHochberg(pValues);
      for (const [i, expected] of adjusted.entries()) expect(got[i]).toBeCloseTo(expected, 14);
    }
  });

  it('counts tests whose p-values were not kept', () => {
    const [kept] = benjaminiHochberg([0.01], 3);
    expect(kept).toBeCloseTo(benjaminiHochberg([0.01, 1, 1])[0]!, 14);
    expect(benjaminiHochberg([])).toEqual([]);
  });

  it('never lowers a p-value and keeps their order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (pValues) => {
        const adjusted = benjaminiHochberg(pValues);
        for (const [i, p] of pValues.entries()) {
          expect(adjusted[i]).toBeGreaterThanOrEqual(p);
          expect(adjusted[i]).toBeLessThanOrEqual(1);
          for (const [j, other] of pValues.entries()) {
            if (p < other) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j]!);
          }
        }
      }),
    );
  });
});

describe('wilsonInterval', () => {
  it('agrees with statsmodels', () => {
    for (const [successes, trials, level, lower, upper] of reference.wilson) {
      const interval = wilsonInterval(successes!, trials!, level!);
      expect(interval?.lower).toBeCloseTo(lower!, 12);
      expect(interval?.upper).toBeCloseTo(upper!, 12);
    }
  });

  it('has nothing to say of no trials', () => {
    expect(wilsonInterval(0, 0)).toBeUndefined();
  });
});
