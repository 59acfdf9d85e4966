import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareProportions } from '#core/experiments/proportions.ts';
import { banditWeights, bestByMean, bestByRate } from '#core/experiments/thompson.ts';
import { Random } from '#core/random.ts';
import { drawBeta, drawGamma, drawStudent } from '#core/stats/draws.ts';
import { drawBinomial } from '#core/stats/multinomial.ts';

describe('draws', () => {
  const mean = (draw: () => number) => {
    let sum = 0;
    for (let i = 0; i < 20_000; i++) sum += draw();
    return sum / 20_000;
  };

  it('have the moments of their distributions', () => {
    const random = new Random(3);
    expect(mean(() => drawGamma(random, 0.3))).toBeCloseTo(0.3, 1.5);
    expect(mean(() => drawGamma(random, 7) ** 2)).toBeCloseTo(56, -0.5);
    expect(mean(() => drawBeta(random, 2, 6))).toBeCloseTo(0.25, 2);
    expect(mean(() => drawStudent(random, 12) ** 2)).toBeCloseTo(1.2, 1);
  });
});

describe('banditWeights', () => {
  const arms = fc
    .array(fc.double({ min: 1e-6, max: 1, noNaN: true }), { minLength: 1, maxLength: 10 })
    .map((odds) => odds.map((odd) => odd / odds.reduce((a, b) => a + b)));

  it('are whole, add up to 100, keep every floor and the order', () => {
    fc.assert(
      fc.property(arms, fc.integer({ min: 0, max: 10 }), (probabilities, floor) => {
        const weights = banditWeights(probabilities, floor);
        expect(weights.reduce((a, b) => a + b)).toBe(100);
        for (const [i, weight] of weights.entries()) {
          expect(Number.isInteger(weight)).toBe(true);
          expect(weight).toBeGreaterThanOrEqual(floor);
          for (const [j, other] of weights.entries()) {
            if (probabilities[i]! > probabilities[j]!)
              expect(weight + 1).toBeGreaterThanOrEqual(other);
          }
        }
      }),
    );
  });

  it('refuse floors that exceed everything', () => {
    expect(() => banditWeights([0.5, 0.5], 60)).toThrow(RangeError);
  });
});

describe('Thompson sampling', () => {
  it('starts equal, and splits ties', () => {
    const random = new Random(5);
    const none = { successes: 0, trials: 0 };
    for (const share of bestByRate([none, none], random)) expect(share).toBeCloseTo(0.5, 1);
    expect(
      bestByMean(
        [
          { count: 1, mean: 9, m2: 0 },
          { count: 80, mean: 1, m2: 4 },
        ],
        random,
      ),
    ).toEqual([0.5, 0.5]);
    const constant = { count: 9, mean: 2, m2: 0 };
    expect(bestByMean([constant, constant], random)).toEqual([0.5, 0.5]);
  });

  it('brings traffic to the better arm and keeps its floor on the other', () => {
    const random = new Random(8);
    const arms = [0.1, 0.2].map((rate) => ({ rate, successes: 0, trials: 0 }));
    let weights = [50, 50];
    for (let period = 0; period < 40; period++) {
      for (const [i, arm] of arms.entries()) {
        arm.successes += drawBinomial(random, weights[i]!, arm.rate);
        arm.trials += weights[i]!;
      }
      weights = banditWeights(bestByRate(arms, random), 5);
    }
    expect(weights).toEqual([5, 95]);
    expect(arms[1]!.trials).toBeGreaterThan(3 * arms[0]!.trials);
  });
});

describe('compareProportions', () => {
  const arm = fc
    .tuple(fc.nat(400), fc.nat(400))
    .map(([successes, failures]) => ({ successes, trials: successes + failures }));

  it('holds the difference, mirrors when arms are swapped, and agrees with its evidence', () => {
    fc.assert(
      fc.property(arm, arm, (a, b) => {
        const there = compareProportions(a, b, 0.05);
        const back = compareProportions(b, a, 0.05);
        expect(there.interval.lower).toBeLessThanOrEqual(there.difference);
        expect(there.interval.upper).toBeGreaterThanOrEqual(there.difference);
        expect(there.interval.lower).toBeCloseTo(-back.interval.upper, 9);
        expect(there.logEvidence).toBeCloseTo(back.logEvidence, 6);
        const excludes = there.interval.lower > 0 || there.interval.upper < 0;
        expect(excludes).toBe(there.logEvidence >= Math.log(20));
      }),
    );
  });
});
