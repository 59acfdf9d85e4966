import type { Interval } from '#core/figure.ts';
import type { Random } from '#core/random.ts';
import { normalCdf } from './distributions.ts';
import { normalQuantile } from './normal-quantile.ts';

/** More resamples for few rows, where they cost nothing; at least 200 for a million and more. */
export const resamplesFor = (rows: number): number =>
  Math.round(Math.min(2000, Math.max(200, 2e8 / Math.max(1, rows))));

/**
 * Counts how often each row is drawn when as many rows are drawn with replacement as there are.
 *
 * @param into one count per row, overwritten. Above 100,000 rows each count is drawn on its own
 * (Poisson with mean 1; Chamandy et al. 2012): the total then varies by 1 in √rows or less.
 */
export function drawWeights(random: Random, into: Uint8Array): void {
  const rows = into.length;
  if (rows > 100_000) {
    for (let row = 0; row < rows; row++) into[row] = random.poisson();
    return;
  }
  into.fill(0);
  for (let draw = 0; draw < rows; draw++) (into[random.integer(rows)] as number)++;
}

/** Value below which a share of the sorted values lies, between two by straight line. */
export function quantileOfSorted(sorted: ArrayLike<number>, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low === high ? low : low + (position - below) * (high - low);
}

/**
 * Bias-corrected percentile interval of bootstrap values (Efron 1981). Values that are NaN, where
 * a resample left the statistic undefined, are passed over. The estimate itself is always inside.
 *
 * @returns undefined where more than half of the resamples left the statistic undefined
 */
export function bootstrapInterval(
  values: ArrayLike<number>,
  estimate: number,
  level = 0.95,
): Interval | undefined {
  const sorted = Float64Array.from(values)
    .filter((value) => !Number.isNaN(value))
    .sort();
  if (sorted.length === 0 || sorted.length < values.length / 2) return undefined;
  const shift = 2 * normalQuantile(shareBelow(sorted, estimate));
  const spread = normalQuantile((1 + level) / 2);
  const at = (z: number) => quantileOfSorted(sorted, normalCdf(shift + z));
  return {
    lower: Math.min(estimate, at(-spread)),
    upper: Math.max(estimate, at(spread)),
    level,
  };
}

/** Ties count by half; kept off 0 and 1, whose quantiles are infinite. */
function shareBelow(sorted: Float64Array, estimate: number): number {
  let twice = 0;
  for (const value of sorted) twice += value < estimate ? 2 : value === estimate ? 1 : 0;
  const halfStep = 0.5 / sorted.length;
  return Math.min(1 - halfStep, Math.max(halfStep, twice / 2 / sorted.length));
}
