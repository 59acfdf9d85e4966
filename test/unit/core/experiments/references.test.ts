import { describe, expect, it } from '@jest/globals';
import { alwaysValidP } from '#core/experiments/comparison.ts';
import {
  compareCategories,
  compareDistributions,
  distributionBound,
} from '#core/experiments/distributions.ts';
import { BURN_IN, compareMeans, meanInterval, meanSummary } from '#core/experiments/means.ts';
import {
  betaMixture,
  mixtureBoundary,
  mixtureLogEvidence,
  tuning,
} from '#core/experiments/mixtures.ts';
import { compareProportions, proportionInterval } from '#core/experiments/proportions.ts';
import { compareQuantiles } from '#core/experiments/quantiles.ts';
import { sampleRatioChiSquare, sampleRatioEvidence } from '#core/experiments/sample-ratio.ts';
import { meansSampleSize, proportionsSampleSize } from '#core/experiments/sample-size.ts';
import { bestByMean, bestByRate } from '#core/experiments/thompson.ts';
import { QuantileSketch } from '#core/profile/quantile-sketch.ts';
import { Random } from '#core/random.ts';
import reference from '../../../references/experiments/experiments.json' with { type: 'json' };

const counts = ([successes, trials]: number[]) => ({ successes: successes!, trials: trials! });
const sketchOf = (values: Iterable<number>) => {
  const sketch = new QuantileSketch();
  for (const value of values) sketch.add(value);
  return sketch;
};

describe("agreement with confseq's published values", () => {
  const { confseq } = reference;

  it('on the normal mixture', () => {
    const [v, bound] = confseq.normalBound as [number, number];
    expect(Math.sqrt(v) * mixtureBoundary(1, 0.05)).toBeCloseTo(bound, 2);
    const [s, time, log] = confseq.normalLogEvidence as [number, number, number];
    expect(mixtureLogEvidence(s / Math.sqrt(time), 1, 0.05)).toBeCloseTo(log, 4);
  });

  it('on the uniform bound of distribution functions', () => {
    const [n, first, bound] = confseq.distributionBound as [number, number, number];
    slightlyAbove(distributionBound(n, 0.05, first), bound);
  });

  it('on the test of two quantiles', () => {
    for (const [share, offset, p] of confseq.quantileTest as [number, number, number][]) {
      const arms = [0, offset].map((from) =>
        exact(Array.from({ length: 1000 }, (_, i) => from + i)),
      );
      const excludesZero = (alpha: number) => {
        // Theirs is tuned for 100 values at 5 % whatever is asked.
        const plannedPerArm = (100 * tuning(alpha)) / tuning(0.05);
        const test = { share, alpha, plannedPerArm, scale: 'difference' } as const;
        const { lower, upper } = compareQuantiles(arms[0]!, arms[1]!, test).interval;
        return lower > 0 || upper < 0;
      };
      expect(excludesZero(p * 1.001)).toBe(true);
      expect(excludesZero(p * 0.999)).toBe(false);
    }
  });
});

/** The corollary's closed form against the theorem's best constant. */
function slightlyAbove(got: number, bound: number) {
  expect(got / bound).toBeGreaterThanOrEqual(1);
  expect(got / bound).toBeLessThan(1.03);
}

/** A thousand values kept one by one, as a sketch of more levels would not. */
const exact = (values: number[]) =>
  QuantileSketch.from({ count: values.length, levels: [values], keepsOdd: [false] });

describe('agreement with scipy and statsmodels', () => {
  it('on the boundary of the normal mixture', () => {
    for (const [progress, alpha, z] of reference.boundary) {
      expect(mixtureBoundary(progress!, alpha!)).toBeCloseTo(z!, 6);
    }
  });

  it('on one proportion', () => {
    for (const { lower, upper, ...of } of reference.proportion) {
      const interval = proportionInterval(of, 0.05);
      expect(interval.lower).toBeCloseTo(lower, 8);
      expect(interval.upper).toBeCloseTo(upper, 8);
    }
  });

  it('on two proportions', () => {
    for (const { control, treatment, logEvidence, lower, upper } of reference.proportions) {
      const compared = compareProportions(counts(control), counts(treatment), 0.05);
      expect(compared.logEvidence).toBeCloseTo(logEvidence, 6);
      expect(compared.interval.lower).toBeCloseTo(lower, 7);
      expect(compared.interval.upper).toBeCloseTo(upper, 7);
    }
  });

  it('on one mean', () => {
    for (const [progress, alpha, z] of reference.boundary) {
      const summary = { count: 2000, mean: 7, m2: 1999 * 9 };
      const test = { alpha: alpha!, plannedPerArm: 2000 / progress! };
      const { lower, upper } = meanInterval(summary, test)!;
      expect((upper - lower) / 2).toBeCloseTo((z! * 3) / Math.sqrt(2000), 6);
      expect((upper + lower) / 2).toBeCloseTo(7, 12);
    }
    const few = { count: BURN_IN - 1, mean: 7, m2: 9 };
    expect(meanInterval(few, { alpha: 0.05, plannedPerArm: 100 })).toBeUndefined();
  });

  it('on two means', () => {
    const summary = (s: { count: number; sum: number; sumOfSquares: number }) =>
      meanSummary(s.count, s.sum, s.sumOfSquares);
    for (const { control, treatment, planned, ...expected } of reference.means) {
      const test = { alpha: 0.05, plannedPerArm: planned };
      const compared = compareMeans(summary(control), summary(treatment), test);
      expect(compared.difference).toBeCloseTo(expected.difference, 9);
      expect(compared.interval.lower).toBeCloseTo(expected.lower, 6);
      expect(compared.interval.upper).toBeCloseTo(expected.upper, 6);
      expect(compared.logEvidence).toBeCloseTo(expected.logEvidence, 5);
    }
  });

  it('on two quantiles, ties included', () => {
    for (const { control, treatment, share, planned, lower, upper } of reference.quantiles) {
      const test = { share, alpha: 0.05, plannedPerArm: planned, scale: 'difference' } as const;
      const { interval } = compareQuantiles(sketchOf(control), sketchOf(treatment), test);
      if (lower === null) expect(interval.lower).toBe(Number.NEGATIVE_INFINITY);
      else expect(interval.lower).toBeCloseTo(lower, 9);
      if (upper === null) expect(interval.upper).toBe(Number.POSITIVE_INFINITY);
      else expect(interval.upper).toBeCloseTo(upper, 9);
    }
  });

  it('on distributions', () => {
    for (const [n, alpha, bound] of reference.distributionBound) {
      slightlyAbove(distributionBound(n!, alpha!), bound!);
    }
    for (const { control, treatment, distance } of reference.distributions) {
      const compared = compareDistributions(sketchOf(control), sketchOf(treatment), 0.05);
      expect(compared.distance).toBeCloseTo(distance, 12);
    }
    for (const { control, treatment, distance, logEvidence } of reference.categories) {
      const compared = compareCategories(control, treatment);
      expect(compared.distance).toBeCloseTo(distance, 12);
      expect(compared.logEvidence).toBeCloseTo(logEvidence, 8);
    }
  });

  it('on the sample ratio', () => {
    for (const { counts: seen, weights, ...expected } of reference.sampleRatio) {
      const stretch = { counts: seen, weights };
      const { statistic, pValue } = sampleRatioChiSquare(stretch);
      expect(statistic).toBeCloseTo(expected.statistic, 9);
      expect(pValue).toBeCloseTo(expected.pValue, 12);
      expect(sampleRatioEvidence([stretch])).toBeCloseTo(expected.logEvidence, 8);
    }
  });

  it('on sample sizes', () => {
    for (const [baseline, effect, alpha, power, size] of reference.proportionsSampleSize) {
      const got = proportionsSampleSize(baseline!, effect!, { alpha: alpha!, power: power! });
      expect(got / size!).toBeCloseTo(1, 9);
    }
    for (const [deviation, effect, alpha, power, size] of reference.meansSampleSize) {
      const got = meansSampleSize(deviation!, effect!, { alpha: alpha!, power: power! });
      expect(got / size!).toBeCloseTo(1, 4);
    }
  });

  it('on which arm is best', () => {
    const random = new Random(1);
    for (const { arms, best } of reference.bestByRate) {
      closeTo(bestByRate(arms.map(counts), random), best);
    }
    for (const { arms, best } of reference.bestByMean) {
      const summaries = arms.map(([count, mean, m2]) => ({ count: count!, mean: mean!, m2: m2! }));
      closeTo(bestByMean(summaries, random), best);
    }
  });
});

/** Three standard errors of the Monte Carlo. */
function closeTo(got: number[], expected: number[]) {
  expect(got.length).toBe(expected.length);
  for (const [i, value] of got.entries()) {
    expect(Math.abs(value - expected[i]!)).toBeLessThan(0.024);
  }
}

describe('evidence', () => {
  it('becomes a p-value that never exceeds 1', () => {
    expect(alwaysValidP(-3)).toBe(1);
    expect(alwaysValidP(Math.log(20))).toBeCloseTo(0.05, 12);
  });

  it('sums to one over all outcomes: no mixture bets more than it has', () => {
    let total = 0;
    let ways = 1;
    for (let s = 0; s <= 12; s++) {
      total += ways * Math.exp(betaMixture(s, 12 - s));
      ways = (ways * (12 - s)) / (s + 1);
    }
    expect(total).toBeCloseTo(1, 12);
  });
});
