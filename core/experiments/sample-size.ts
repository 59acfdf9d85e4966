import { normalQuantile } from '#core/stats/normal-quantile.ts';
import { mixtureBoundary } from './mixtures.ts';

export interface Errors {
  /** Chance of seeing a difference where there is none. */
  readonly alpha: number;
  /** Chance of seeing the difference where there is one. */
  readonly power: number;
}

/**
 * Observations per arm for a single look at two proportions, two-sided, equal arms: the normal
 * approximation with the pooled variance under the null (Fleiss, Levin, Paik 2003, 4.2), as
 * statsmodels' samplesize_proportions_2indep_onetail.
 */
export function proportionsSampleSize(
  baseline: number,
  effect: number,
  { alpha, power }: Errors,
): number {
  const other = baseline + effect;
  const middle = (baseline + other) / 2;
  const underNull = Math.sqrt(2 * middle * (1 - middle));
  const underEffect = Math.sqrt(baseline * (1 - baseline) + other * (1 - other));
  const root = normalQuantile(1 - alpha / 2) * underNull + normalQuantile(power) * underEffect;
  return (root / effect) ** 2;
}

/** The same for two means of one standard deviation: statsmodels' NormalIndPower. */
export function meansSampleSize(
  standardDeviation: number,
  effect: number,
  { alpha, power }: Errors,
): number {
  const root = normalQuantile(1 - alpha / 2) + normalQuantile(power);
  return 2 * ((root * standardDeviation) / effect) ** 2;
}

/**
 * What looking at all times costs: observations for the always-valid interval of means.ts to have
 * the power by its planned size, over those for a single look (1.915 at 5 % and 80 %). An effect
 * larger than planned ends the experiment much sooner, no effect never later.
 */
export function sequentialFactor({ alpha, power }: Errors): number {
  const toPower = normalQuantile(power);
  const single = normalQuantile(1 - alpha / 2) + toPower;
  return ((mixtureBoundary(1, alpha) + toPower) / single) ** 2;
}
