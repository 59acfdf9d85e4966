import type { Random } from '#core/random.ts';
import { drawBeta, drawStudent } from '#core/stats/draws.ts';
import type { MeanSummary } from './means.ts';
import type { Counts } from './proportions.ts';

const DRAWS = 4000;

/**
 * Probability of each arm to have the highest rate of success, by Thompson sampling from its
 * posterior Beta(1 + successes, 1 + failures) (Thompson 1933; Chapelle and Li 2011). Monte Carlo:
 * the standard error is below 0.8 points.
 */
export const bestByRate = (arms: readonly Counts[], random: Random): number[] =>
  shareOfWins(arms.length, () =>
    arms.map(({ successes, trials }) => drawBeta(random, 1 + successes, 1 + trials - successes)),
  );

/**
 * The same for means of rewards with unknown variance: Student's t posterior of Jeffreys' prior
 * (Honda and Takemura 2014). An arm with fewer than two rewards says nothing: all are then equal.
 */
export function bestByMean(arms: readonly MeanSummary[], random: Random): number[] {
  if (arms.some(({ count }) => count < 2)) return arms.map(() => 1 / arms.length);
  return shareOfWins(arms.length, () =>
    arms.map(({ count, mean, m2 }) => {
      const error = Math.sqrt(m2 / (count - 1) / count);
      return error === 0 ? mean : mean + error * drawStudent(random, count - 1);
    }),
  );
}

function shareOfWins(arms: number, draw: () => number[]): number[] {
  const wins = new Array<number>(arms).fill(0);
  for (let i = 0; i < DRAWS; i++) {
    const values = draw();
    const highest = Math.max(...values);
    const winners = values.filter((value) => value === highest).length;
    values.forEach((value, arm) => {
      if (value === highest) (wins[arm] as number) += 1 / winners;
    });
  }
  return wins.map((won) => won / DRAWS);
}

/**
 * Whole weights of sum 100: every arm its floor, the rest by probability, rounded by largest
 * remainder.
 *
 * @param floor weight that every arm keeps, so that each goes on being learnt about
 * @throws RangeError where the floors leave nothing to give
 */
export function banditWeights(probabilities: readonly number[], floor: number): number[] {
  const free = 100 - floor * probabilities.length;
  if (free < 0) throw new RangeError(`${probabilities.length} floors of ${floor} exceed 100`);
  const exact = probabilities.map((p) => floor + free * p);
  const weights = exact.map(Math.floor);
  const left = 100 - weights.reduce((sum, weight) => sum + weight, 0);
  const byRemainder = exact
    .map((value, arm) => ({ arm, remainder: value - Math.floor(value) }))
    .sort((x, y) => y.remainder - x.remainder || x.arm - y.arm);
  for (const { arm } of byRemainder.slice(0, left)) (weights[arm] as number)++;
  return weights;
}
