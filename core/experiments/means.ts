import type { Interval } from '#core/figure.ts';
import type { Moments } from '#core/profile/moments.ts';
import { type Comparison, nothingKnown } from './comparison.ts';
import { mixtureBoundary, mixtureLogEvidence } from './mixtures.ts';
import type { Counts } from './proportions.ts';

/** Count, mean and sum of squared deviations; merged by mergeMoments. */
export type MeanSummary = Pick<Moments, 'count' | 'mean' | 'm2'>;

/** Observations per arm below which a sample's variance says too little to lean on. */
export const BURN_IN = 50;

export interface MeansTest {
  readonly alpha: number;
  /** Observations per arm at which the interval is to be tightest; fixed before the first look. */
  readonly plannedPerArm: number;
}

/** From a count, a sum and a sum of squares; cancels where the mean is far above the spread. */
export function meanSummary(count: number, sum: number, sumOfSquares: number): MeanSummary {
  const mean = count === 0 ? 0 : sum / count;
  return { count, mean, m2: Math.max(0, sumOfSquares - sum * mean) };
}

/**
 * Proportions as means of 0 and 1. The variance is taken with a success and a failure more than
 * were seen (Agresti and Caffo 2000), so that none among fifty does not pass for certainty.
 */
export function countsAsMean({ successes, trials }: Counts): MeanSummary {
  const smooth = (successes + 1) / (trials + 2);
  return {
    count: trials,
    mean: trials === 0 ? 0 : successes / trials,
    m2: Math.max(0, trials - 1) * smooth * (1 - smooth),
  };
}

/**
 * Difference of two means: the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha,
 * Kennedy and Ramdas ("Time-uniform central limit theory and asymptotic confidence sequences",
 * 2024, theorem 2.2), on the difference's information clock 1/(s²₀/n₀ + s²₁/n₁). It needs finite
 * variances and, as every central limit, observations: below BURN_IN in an arm nothing is said.
 */
export function compareMeans(
  control: MeanSummary,
  treatment: MeanSummary,
  { alpha, plannedPerArm }: MeansTest,
): Comparison {
  const difference = treatment.mean - control.mean;
  const [v0, v1] = [varianceOf(control), varianceOf(treatment)];
  const squaredError = v0 / control.count + v1 / treatment.count;
  const enough = Math.min(control.count, treatment.count) >= BURN_IN;
  if (!enough || !(squaredError > 0)) return nothingKnown(difference, alpha);
  const progress = (v0 + v1) / plannedPerArm / squaredError;
  const error = Math.sqrt(squaredError);
  return {
    difference,
    interval: around(difference, error * mixtureBoundary(progress, alpha), alpha),
    logEvidence: mixtureLogEvidence(difference / error, progress, alpha),
  };
}

/** Always-valid interval of one arm's mean, by the same theorem; undefined below BURN_IN. */
export function meanInterval(
  summary: MeanSummary,
  { alpha, plannedPerArm }: MeansTest,
): Interval | undefined {
  const error = Math.sqrt(varianceOf(summary) / summary.count);
  if (summary.count < BURN_IN || !(error > 0)) return undefined;
  const boundary = mixtureBoundary(summary.count / plannedPerArm, alpha);
  return around(summary.mean, error * boundary, alpha);
}

const varianceOf = ({ count, m2 }: MeanSummary) => (count < 2 ? 0 : m2 / (count - 1));
const around = (centre: number, half: number, alpha: number): Interval => ({
  lower: centre - half,
  upper: centre + half,
  level: 1 - alpha,
});
