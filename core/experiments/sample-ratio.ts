import { chiSquareSurvival } from '#core/stats/distributions.ts';
import { dirichletMixture } from './distributions.ts';
import { times } from './mixtures.ts';

/** What arrived at each arm while the weights stood still. */
export interface Allocation {
  readonly counts: readonly number[];
  /** Weights of the arms in the same order, of any sum. */
  readonly weights: readonly number[];
}

/** Strength of the prior around the intended shares: most power near a thousand units. */
const CONCENTRATION = 100;

/**
 * Log evidence that the arms do not get their intended shares, valid at every look: the sequential
 * multinomial test of Lindon and Malek ("Anytime-valid inference for multinomial count data",
 * 2020), a Dirichlet mixture around the intended shares against them. Where weights were moved,
 * the evidence of each stretch adds up.
 */
export const sampleRatioEvidence = (stretches: readonly Allocation[]): number =>
  stretches.reduce((sum, { counts, weights }) => {
    const shares = sharesOf(weights);
    const prior = shares.map((share) => CONCENTRATION * share);
    const intended = counts.reduce((s, count, k) => s + times(count, Math.log(shares[k]!)), 0);
    return sum + dirichletMixture(counts, prior) - intended;
  }, 0);

/** Pearson's chi-square test of the same question, good for one look only. */
export function sampleRatioChiSquare({ counts, weights }: Allocation): {
  statistic: number;
  pValue: number;
} {
  const n = counts.reduce((sum, count) => sum + count, 0);
  const statistic = sharesOf(weights).reduce((sum, share, k) => {
    const expected = n * share;
    return expected === 0 ? sum : sum + ((counts[k] as number) - expected) ** 2 / expected;
  }, 0);
  return { statistic, pValue: chiSquareSurvival(statistic, counts.length - 1) };
}

function sharesOf(weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}
