import type { Figure, Figures, Interval } from '#core/figure.ts';
import type { Random } from '#core/random.ts';
import { normalCdf } from './distributions.ts';
import { resampleCounts } from './multinomial.ts';
import { normalQuantile } from './normal-quantile.ts';

/** More resamples for few rows, where they cost nothing; at least 200 for a million and more. */
export const resamplesFor = (rows: number): number =>
  Math.round(Math.min(2000, Math.max(200, 5e7 / Math.max(1, rows))));

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
  if (low === high) return low;
  const part = position - below;
  const distance = high - low;
  // Between the largest numbers of either sign even the distance is infinite.
  return Number.isFinite(distance) ? low + part * distance : (1 - part) * low + part * high;
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

/** What is measured on a sample, several figures at once. */
export interface Statistic<S> {
  readonly names: readonly string[];
  /** One value per name; NaN where the sample leaves it undefined. */
  measure(sample: S): readonly number[];
}

/** How samples are drawn anew from the one that was observed. */
export interface Resampling<S> {
  readonly observed: S;
  readonly repeats: number;
  /** The answer is good until the next call. */
  redraw(random: Random): S;
}

/** Samples as one weight per row. */
export function rowResampling(rows: number): Resampling<Uint8Array> {
  const weights = new Uint8Array(rows);
  const redraw = (random: Random) => {
    drawWeights(random, weights);
    return weights;
  };
  return { observed: new Uint8Array(rows).fill(1), repeats: resamplesFor(rows), redraw };
}

/** Samples as counts by kind of row. */
export function countResampling(counts: Float64Array): Resampling<Float64Array> {
  const drawn = new Float64Array(counts.length);
  const redraw = (random: Random) => {
    resampleCounts(random, counts, drawn);
    return drawn;
  };
  return { observed: counts, repeats: resamplesFor(10 * counts.length), redraw };
}

/** Both models' figures, and what the first has more than the second on the same resamples. */
export interface Compared {
  readonly figures: Figures;
  readonly differences: Figures;
  /** Two-sided, by name: whether the difference is zero. */
  readonly pValues: Record<string, number>;
}

/** A statistic's figures with bootstrap intervals. */
export const bootstrapFigures = <S>(
  random: Random,
  resampling: Resampling<S>,
  subject: Statistic<S>,
): Figures => bootstrapCompared(random, resampling, { subject, other: undefined }).figures;

/**
 * As bootstrapFigures, and the differences between two models that answered the same rows.
 * Figures have no `n`: what stands behind each differs.
 */
export function bootstrapCompared<S>(
  random: Random,
  resampling: Resampling<S>,
  { subject, other }: { subject: Statistic<S>; other: Statistic<S> | undefined },
): Compared {
  const estimates = subject.measure(resampling.observed);
  const others = other?.measure(resampling.observed);
  const replicates = estimates.map(() => new Float64Array(resampling.repeats));
  const differences = estimates.map(() => new Float64Array(resampling.repeats));
  for (let repeat = 0; repeat < resampling.repeats; repeat++) {
    const sample = resampling.redraw(random);
    const values = subject.measure(sample);
    const otherValues = other?.measure(sample);
    for (let i = 0; i < values.length; i++) {
      replicates[i]![repeat] = values[i]!;
      if (otherValues) differences[i]![repeat] = values[i]! - otherValues[i]!;
    }
  }
  const compared: Compared = { figures: {}, differences: {}, pValues: {} };
  for (const [i, name] of subject.names.entries()) {
    compared.figures[name] = figureOf(estimates[i]!, replicates[i]!);
    if (!others) continue;
    compared.differences[name] = figureOf(estimates[i]! - others[i]!, differences[i]!);
    compared.pValues[name] = twoSided(differences[i]!);
  }
  return compared;
}

const figureOf = (estimate: number, replicates: Float64Array): Figure =>
  Number.isFinite(estimate)
    ? { value: estimate, interval: bootstrapInterval(replicates, estimate) }
    : { value: null };

/** Twice the share of resamples on the rarer side of zero; never below what they can tell. */
function twoSided(differences: Float64Array): number {
  let [below, above, all] = [1, 1, 1];
  for (const difference of differences) {
    if (Number.isNaN(difference)) continue;
    all++;
    if (difference <= 0) below++;
    if (difference >= 0) above++;
  }
  return Math.min(1, (2 * Math.min(below, above)) / all);
}
