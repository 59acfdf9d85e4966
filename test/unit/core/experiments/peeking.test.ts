import { describe, expect, it } from '@jest/globals';
import { compareCategories, compareDistributions } from '#core/experiments/distributions.ts';
import { BURN_IN, compareMeans, countsAsMean, type MeanSummary } from '#core/experiments/means.ts';
import {
  compareProportions,
  proportionInterval,
  proportionsEvidence,
} from '#core/experiments/proportions.ts';
import { compareQuantiles } from '#core/experiments/quantiles.ts';
import { sampleRatioEvidence } from '#core/experiments/sample-ratio.ts';
import { proportionsSampleSize, sequentialFactor } from '#core/experiments/sample-size.ts';
import { mergeMoments, momentsOf, NO_MOMENTS } from '#core/profile/moments.ts';
import { QuantileSketch } from '#core/profile/quantile-sketch.ts';
import { Random } from '#core/random.ts';
import { drawBinomial, resampleCounts } from '#core/stats/multinomial.ts';

/*
 * Each test plays many experiments, looks at every one after every batch, and counts those in
 * which any look at all claimed a difference. Seeded, so the counts are the same on every machine.
 */
const ALPHA = 0.05;

/** Share of experiments in which one of the looks says "different". */
function shareClaimed(runs: number, play: (random: Random) => Iterable<boolean>): number {
  let claimed = 0;
  for (let run = 0; run < runs; run++) {
    for (const claims of play(new Random(run + 1))) {
      if (!claims) continue;
      claimed++;
      break;
    }
  }
  return claimed / runs;
}

const excludesZero = ({ interval }: { interval: { lower: number; upper: number } }) =>
  interval.lower > 0 || interval.upper < 0;
const apart = ({ logEvidence }: { logEvidence: number }) => logEvidence >= -Math.log(ALPHA);

function* proportions(
  random: Random,
  rates: [number, number],
  batch: [number, number],
  looks: number,
) {
  const arms = [0, 1].map(() => ({ successes: 0, trials: 0 }));
  for (let look = 0; look < looks; look++) {
    for (const [i, arm] of arms.entries()) {
      arm.successes += drawBinomial(random, batch[i]!, rates[i]!);
      arm.trials += batch[i]!;
    }
    yield arms as [(typeof arms)[0] & object, (typeof arms)[0] & object];
  }
}

describe('exact comparison of proportions', () => {
  it.each([
    ['rare errors', 0.01, [20, 5]],
    ['even chances', 0.5, [5, 5]],
    ['one arm nearly idle', 0.9, [40, 1]],
  ] as [string, number, [number, number]][])(
    '%s: claims falsely less often than alpha',
    (_, p, batch) => {
      const claimed = shareClaimed(500, function* (random) {
        for (const [a, b] of proportions(random, [p, p], batch, 100)) {
          yield proportionsEvidence(a, b) >= -Math.log(ALPHA);
        }
      });
      expect(claimed).toBeLessThanOrEqual(ALPHA);
    },
  );

  it('finds a fault that breaks one request in five after few of them', () => {
    const found = shareClaimed(200, function* (random) {
      for (const [a, b] of proportions(random, [0.005, 0.2], [45, 5], 20)) {
        yield compareProportions(a, b, ALPHA).interval.lower > 0;
      }
    });
    expect(found).toBeGreaterThan(0.95);
  });

  it('covers the true difference and the true rate at all looks together', () => {
    const missed = shareClaimed(80, function* (random) {
      for (const [a, b] of proportions(random, [0.2, 0.3], [20, 20], 20)) {
        const { lower, upper } = compareProportions(a, b, ALPHA).interval;
        yield lower > 0.1 || upper < 0.1;
      }
    });
    expect(missed).toBeLessThanOrEqual(ALPHA);
    const missedRate = shareClaimed(200, function* (random) {
      for (const [a] of proportions(random, [0.03, 0.03], [10, 10], 50)) {
        const { lower, upper } = proportionInterval(a, ALPHA);
        yield lower > 0.03 || upper < 0.03;
      }
    });
    expect(missedRate).toBeLessThanOrEqual(ALPHA);
  });
});

describe('asymptotic comparison of means', () => {
  const plannedPerArm = 1000;

  it.each([
    ['conversions of 5 %', 0.05],
    ['accuracy of 90 %', 0.9],
  ])('%s: claims falsely no more often than alpha', (_, p) => {
    const claimed = shareClaimed(1000, function* (random) {
      for (const [a, b] of proportions(random, [p, p], [20, 20], 100)) {
        yield excludesZero(
          compareMeans(countsAsMean(a), countsAsMean(b), { alpha: ALPHA, plannedPerArm }),
        );
      }
    });
    expect(claimed).toBeLessThanOrEqual(ALPHA);
  });

  it('skewed values in unequal arms: claims falsely no more often than alpha', () => {
    const claimed = shareClaimed(600, function* (random) {
      let [a, b]: MeanSummary[] = [NO_MOMENTS, NO_MOMENTS];
      const draw = (n: number) =>
        momentsOf(Array.from({ length: n }, () => Math.exp(random.normal())));
      for (let look = 0; look < 80; look++) {
        a = mergeMoments(a as typeof NO_MOMENTS, draw(30));
        b = mergeMoments(b as typeof NO_MOMENTS, draw(10));
        yield excludesZero(compareMeans(a, b, { alpha: ALPHA, plannedPerArm }));
      }
    });
    expect(claimed).toBeLessThanOrEqual(ALPHA);
  });

  it('has the planned power at the planned size, and needs less for more', () => {
    const errors = { alpha: ALPHA, power: 0.8 };
    const planned = Math.ceil(proportionsSampleSize(0.3, 0.06, errors) * sequentialFactor(errors));
    const power = (effect: number, looks: number) =>
      shareClaimed(400, function* (random) {
        const batch = Math.ceil(planned / 40);
        for (const [a, b] of proportions(random, [0.3, 0.3 + effect], [batch, batch], looks)) {
          const test = { alpha: ALPHA, plannedPerArm: planned };
          yield compareMeans(countsAsMean(a), countsAsMean(b), test).interval.lower > 0;
        }
      });
    expect(sequentialFactor(errors)).toBeCloseTo(1.915, 3);
    expect(power(0.06, 40)).toBeGreaterThan(0.8);
    expect(power(0.12, 13)).toBeGreaterThan(0.8);
  });

  it('says nothing of few observations or of none that vary', () => {
    const few = countsAsMean({ successes: 40, trials: BURN_IN - 1 });
    const many = countsAsMean({ successes: 10, trials: 500 });
    const test = { alpha: ALPHA, plannedPerArm };
    expect(compareMeans(few, many, test).interval.upper).toBe(Number.POSITIVE_INFINITY);
    const constant = { count: 500, mean: 3, m2: 0 };
    expect(compareMeans(constant, constant, test)).toMatchObject({ difference: 0, logEvidence: 0 });
  });
});

describe('comparison of quantiles and distributions', () => {
  /** Latencies with ties, as whole milliseconds have them. */
  const latency = (random: Random, scale = 1) =>
    Math.round(scale * 20 * Math.exp(0.4 * random.normal()));

  function* sketches(random: Random, scale: number, looks: number) {
    const arms = [new QuantileSketch(), new QuantileSketch()] as const;
    for (let look = 0; look < looks; look++) {
      for (let i = 0; i < 25; i++) {
        arms[0].add(latency(random));
        arms[1].add(latency(random, scale));
      }
      yield arms;
    }
  }

  it.each([0.5, 0.95])('quantile %d: claims falsely less often than alpha', (share) => {
    const test = { share, alpha: ALPHA, plannedPerArm: 300, scale: 'ratio' } as const;
    const claimed = shareClaimed(60, function* (random) {
      for (const [a, b] of sketches(random, 1, 16)) {
        const { lower, upper } = compareQuantiles(a, b, test).interval;
        yield lower > 1 || upper < 1;
      }
    });
    expect(claimed).toBeLessThanOrEqual(ALPHA);
  });

  it('finds a version that takes half as long again, and covers by how much', () => {
    const test = { share: 0.5, alpha: ALPHA, plannedPerArm: 300, scale: 'ratio' } as const;
    const found = shareClaimed(50, function* (random) {
      for (const [a, b] of sketches(random, 1.5, 16)) {
        const { lower, upper } = compareQuantiles(a, b, test).interval;
        expect(lower).toBeLessThan(1.5);
        expect(upper).toBeGreaterThan(1.5);
        yield lower > 1.1;
      }
    });
    expect(found).toBeGreaterThan(0.9);
  });

  it('tells distributions apart, and equal ones hardly ever', () => {
    const different = (scale: number) =>
      shareClaimed(60, function* (random) {
        for (const [a, b] of sketches(random, scale, 30)) {
          yield compareDistributions(a, b, ALPHA).atLeast > 0;
        }
      });
    expect(different(1)).toBeLessThanOrEqual(ALPHA);
    expect(different(2)).toBe(1);
  });

  it('has nothing to say of no values', () => {
    const none = new QuantileSketch();
    const test = { share: 0.5, alpha: ALPHA, plannedPerArm: 100, scale: 'difference' } as const;
    expect(compareQuantiles(none, none, test)).toEqual({
      control: undefined,
      treatment: undefined,
      interval: { lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY, level: 0.95 },
    });
    expect(compareDistributions(none, none, ALPHA)).toEqual({ distance: 0, atLeast: 0 });
  });
});

describe('comparison of categories and the sample ratio', () => {
  function* multinomial(random: Random, shares: number[], batch: number, looks: number) {
    const seen = shares.map(() => 0);
    const drawn = [...seen];
    for (let look = 0; look < looks; look++) {
      // Draws as many as the counts add up to.
      resampleCounts(
        random,
        shares.map((share) => share * batch),
        drawn,
      );
      for (const [k, count] of drawn.entries()) (seen[k] as number) += count;
      yield seen;
    }
  }

  it('claims falsely less often than alpha', () => {
    const categories = shareClaimed(200, function* (random) {
      const shares = [0.5, 0.3, 0.15, 0.05];
      const others = multinomial(random, shares, 20, 60);
      for (const a of multinomial(random, shares, 40, 60)) {
        yield apart(compareCategories(a, others.next().value as number[]));
      }
    });
    expect(categories).toBeLessThanOrEqual(ALPHA);
    const ratio = shareClaimed(1000, function* (random) {
      for (const counts of multinomial(random, [0.8, 0.1, 0.1], 50, 100)) {
        yield sampleRatioEvidence([{ counts, weights: [80, 10, 10] }]) >= -Math.log(ALPHA);
      }
    });
    expect(ratio).toBeLessThanOrEqual(ALPHA);
  });

  it('finds other shares of classes and other shares of traffic', () => {
    const classes = shareClaimed(100, function* (random) {
      const others = multinomial(random, [0.3, 0.7], 50, 20);
      for (const a of multinomial(random, [0.5, 0.5], 50, 20)) {
        yield apart(compareCategories(a, others.next().value as number[]));
      }
    });
    expect(classes).toBe(1);
    const ratio = shareClaimed(100, function* (random) {
      for (const counts of multinomial(random, [0.6, 0.4], 50, 20)) {
        yield sampleRatioEvidence([{ counts, weights: [50, 50] }]) >= -Math.log(ALPHA);
      }
    });
    expect(ratio).toBeGreaterThan(0.95);
  });

  it('adds up what stretches of other weights say', () => {
    const stretches = [
      { counts: [90, 10], weights: [50, 50] },
      { counts: [10, 90], weights: [90, 10] },
    ];
    const [first, second] = stretches.map((stretch) => sampleRatioEvidence([stretch]));
    expect(sampleRatioEvidence(stretches)).toBeCloseTo(first! + second!, 10);
  });
});
