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

/** Both arms while the traffic was split in one way. */
export interface Stratum {
  readonly control: MeanSummary;
  readonly treatment: MeanSummary;
}

/**
 * Difference of two means: the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha,
 * Kennedy and Ramdas ("Time-uniform central limit theory and asymptotic confidence sequences",
 * 2024, theorem 2.2), on the difference's information clock 1/(s²₀/n₀ + s²₁/n₁). It needs finite
 * variances and, as every central limit, observations: below BURN_IN in an arm nothing is said.
 */
export const compareMeans = (
  control: MeanSummary,
  treatment: MeanSummary,
  test: MeansTest,
): Comparison => compareStrata([{ control, treatment }], test);

/**
 * The same where traffic was split anew in between. Arms are compared within each stratum only, and
 * the strata's differences weigh by their information: otherwise whatever changed over time beside
 * the weights would pass for a difference of the arms (Simpson's paradox).
 */
export function compareStrata(
  strata: readonly Stratum[],
  { alpha, plannedPerArm }: MeansTest,
): Comparison {
  let [information, progress, sum] = [0, 0, 0];
  for (const { control, treatment } of strata) {
    if (Math.min(control.count, treatment.count) < BURN_IN) continue;
    const [v0, v1] = [varianceOf(control), varianceOf(treatment)];
    const squaredError = v0 / control.count + v1 / treatment.count;
    if (!(squaredError > 0)) continue;
    information += 1 / squaredError;
    progress += (v0 + v1) / plannedPerArm / squaredError;
    sum += (treatment.mean - control.mean) / squaredError;
  }
  if (information === 0) return nothingKnown(pooledDifference(strata), alpha);
  const difference = sum / information;
  const error = 1 / Math.sqrt(information);
  return {
    difference,
    interval: around(difference, error * mixtureBoundary(progress, alpha), alpha),
    logEvidence: mixtureLogEvidence(difference / error, progress, alpha),
  };
}

function pooledDifference(strata: readonly Stratum[]): number {
  const mean = (arm: 'control' | 'treatment') => {
    const count = strata.reduce((n, stratum) => n + stratum[arm].count, 0);
    const sum = strata.reduce((s, { [arm]: { mean: m, count: n } }) => s + m * n, 0);
    return count === 0 ? 0 : sum / count;
  };
  return mean('treatment') - mean('control');
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
