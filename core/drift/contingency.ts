import { chiSquareSurvival } from '#core/stats/distributions.ts';
import { type BinnedPair, totalOf } from './bins.ts';

export interface ContingencyTest {
  readonly statistic: number;
  readonly pValue: number;
  /** Cramér's V (1946) by this statistic: 0 for equal shares, 1 where no bin is shared. */
  readonly effectSize: number;
}

/**
 * A test that two samples fall into the same bins alike, in which each cell of the table of bins
 * and samples adds its part; bins that are empty on both sides are left out.
 */
export function contingencyTest(
  { reference, current }: BinnedPair,
  part: (observed: number, expected: number) => number,
): ContingencyTest {
  const [n, m] = [totalOf(reference), totalOf(current)];
  let [statistic, bins] = [0, 0];
  for (let bin = 0; bin < reference.length; bin++) {
    const [r, c] = [reference[bin] as number, current[bin] as number];
    if (r + c === 0) continue;
    bins++;
    statistic += part(r, ((r + c) * n) / (n + m)) + part(c, ((r + c) * m) / (n + m));
  }
  const pValue = bins < 2 ? 1 : chiSquareSurvival(statistic, bins - 1);
  return { statistic, pValue, effectSize: Math.sqrt(Math.max(0, statistic) / (n + m)) };
}
