import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Random } from '#core/random.ts';
import {
  bootstrapInterval,
  drawWeights,
  quantileOfSorted,
  resamplesFor,
} from '#core/stats/bootstrap.ts';
import reference from '../../../references/quality/distributions.json' with { type: 'json' };

const { quantiles } = reference;

describe('quantileOfSorted', () => {
  it('agrees with numpy', () => {
    const sorted = Float64Array.from(quantiles.values).sort();
    for (const [share, expected] of quantiles.at) {
      expect(quantileOfSorted(sorted, share!)).toBeCloseTo(expected!, 12);
    }
  });
});

describe('drawWeights', () => {
  it.each([50, 200_000])('draws every one of %d rows once on average', (rows) => {
    const weights = new Uint8Array(rows);
    const random = new Random(1);
    let total = 0;
    let zeros = 0;
    const draws = Math.ceil(400_000 / rows);
    for (let i = 0; i < draws; i++) {
      drawWeights(random, weights);
      for (const weight of weights) {
        total += weight;
        zeros += weight === 0 ? 1 : 0;
      }
    }
    expect(total / (rows * draws)).toBeCloseTo(1, 2);
    expect(zeros / (rows * draws)).toBeCloseTo((1 - 1 / rows) ** rows, 2);
  });
});

describe('bootstrapInterval', () => {
  it('is the percentile interval where the values lie evenly about the estimate', () => {
    const values = Array.from({ length: 2001 }, (_, i) => i);
    const interval = bootstrapInterval(values, 1000, 0.9);
    expect(interval?.lower).toBeCloseTo(100, 6);
    expect(interval?.upper).toBeCloseTo(1900, 6);
    expect(interval?.level).toBe(0.9);
  });

  it('corrects for values that lie to one side of the estimate', () => {
    const values = Array.from({ length: 2001 }, (_, i) => i);
    // Efron's formula in scipy: norm.cdf(2 * norm.ppf(0.6) ± norm.ppf(0.95)).
    const interval = bootstrapInterval(values, 1200, 0.9);
    expect(interval?.lower).toBeCloseTo(2000 * 0.127527, -0.5);
    expect(interval?.upper).toBeCloseTo(2000 * 0.984284, -0.5);
  });

  it('holds the estimate, whatever the resamples', () => {
    const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), value, (values, estimate) => {
        const interval = bootstrapInterval(values, estimate);
        expect(interval?.lower).toBeLessThanOrEqual(estimate);
        expect(interval?.upper).toBeGreaterThanOrEqual(estimate);
      }),
    );
  });

  it('passes over a few undefined resamples and gives up on many', () => {
    expect(bootstrapInterval([1, 2, Number.NaN, 3], 2)).toBeDefined();
    expect(bootstrapInterval([1, Number.NaN, Number.NaN], 1)).toBeUndefined();
    expect(bootstrapInterval([], 1)).toBeUndefined();
  });

  it('covers the true mean of skewed samples about as often as it says', () => {
    const random = new Random(11);
    const rows = 80;
    const weights = new Uint8Array(rows);
    let covered = 0;
    const trials = 400;
    for (let trial = 0; trial < trials; trial++) {
      const sample = Array.from({ length: rows }, () => -Math.log(1 - random.uniform()));
      const mean = (weight: (row: number) => number) =>
        sample.reduce((sum, value, row) => sum + value * weight(row), 0) / rows;
      const values = Array.from({ length: 400 }, () => {
        drawWeights(random, weights);
        return mean((row) => weights[row]!);
      });
      const interval = bootstrapInterval(
        values,
        mean(() => 1),
      );
      if (interval && interval.lower <= 1 && 1 <= interval.upper) covered++;
    }
    // Theory: near 93.5 % for this skew; the standard error of 400 trials is 1.2 %.
    expect(covered / trials).toBeGreaterThan(0.9);
    expect(covered / trials).toBeLessThan(0.975);
  });
});

describe('resamplesFor', () => {
  it('keeps the work bounded', () => {
    expect([1, 25_000, 100_000, 1_000_000, 50_000_000].map(resamplesFor)).toEqual([
      2000, 2000, 500, 200, 200,
    ]);
    expect(resamplesFor(0)).toBe(2000);
  });
});
