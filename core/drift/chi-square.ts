import { chiSquareSurvival } from '#core/stats/distributions.ts';
import { type BinnedPair, totalOf } from './bins.ts';
import { type ContingencyTest, contingencyTest } from './contingency.ts';

/**
 * Pearson's chi-square test of homogeneity (1900), as scipy.stats.chi2_contingency without Yates'
 * correction. With two bins this is the z-test of two proportions: the p-values are the same.
 */
export const chiSquare = (counts: BinnedPair): ContingencyTest =>
  contingencyTest(counts, (observed, expected) => (observed - expected) ** 2 / expected);

/**
 * Pearson's test of the current sample against the reference's shares as if these were known
 * exactly: what Evidently runs as `chisquare`. It calls too much significant unless the reference
 * is much larger than the current sample; a bin the reference lacks makes the statistic infinite.
 */
export function chiSquareFit({ reference, current }: BinnedPair): ContingencyTest {
  const scale = totalOf(current) / totalOf(reference);
  let statistic = 0;
  for (let bin = 0; bin < reference.length; bin++) {
    const expected = (reference[bin] as number) * scale;
    const observed = current[bin] as number;
    if (observed !== expected) statistic += (observed - expected) ** 2 / expected;
  }
  const bins = reference.length;
  const pValue = bins < 2 ? 1 : statistic === Infinity ? 0 : chiSquareSurvival(statistic, bins - 1);
  return { statistic, pValue, effectSize: Math.sqrt(statistic / totalOf(current)) };
}
