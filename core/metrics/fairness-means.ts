import type { Figure, Figures } from '#core/figure.ts';
import { normalQuantile } from '#core/stats/normal-quantile.ts';
import { type AttributeFairness, largestGroup, MIN_GROUP_ROWS } from './fairness.ts';
import { type Grouping, groupSizes } from './fairness-groups.ts';
import { type ByGroup, smallestRatio, widestSpread } from './fairness-intervals.ts';

/** Mean of a value by group, and how surely it is known. */
interface Means {
  readonly means: Float64Array;
  /** Standard errors; NaN for fewer than two rows. */
  readonly errors: Float64Array;
}

/** Two passes, so that large means do not eat small variances. */
function meansOf({ names, codes }: Grouping, sizes: Float64Array, values: Float64Array): Means {
  const means = new Float64Array(names.length);
  for (let row = 0; row < codes.length; row++) means[codes[row]!]! += values[row]!;
  for (let g = 0; g < means.length; g++) means[g]! /= sizes[g]!;
  const errors = new Float64Array(names.length);
  for (let row = 0; row < codes.length; row++) {
    errors[codes[row]!]! += (values[row]! - means[codes[row]!]!) ** 2;
  }
  for (let g = 0; g < errors.length; g++) {
    errors[g] = Math.sqrt(errors[g]! / (sizes[g]! - 1) / sizes[g]!);
  }
  return { means, errors };
}

/** Groups that are large enough to compare. */
function judged({ means, errors }: Means, sizes: Float64Array): ByGroup {
  const estimates = [...means].map((mean, g) => (sizes[g]! < MIN_GROUP_ROWS ? Number.NaN : mean));
  return { estimates, errors: [...errors] };
}

/** A function of means, its errors by the delta method. */
const transformed = (
  { estimates, errors }: ByGroup,
  { of, slope }: { of: (mean: number) => number; slope: (mean: number) => number },
): ByGroup => ({
  estimates: estimates.map(of),
  errors: errors.map((error, g) => error * slope(estimates[g]!)),
});

const ROOT = { of: Math.sqrt, slope: (mean: number) => 0.5 / Math.sqrt(mean) };
const LOG = { of: Math.log, slope: (mean: number) => 1 / mean };

const LEVEL = 0.95;
const Z = normalQuantile((1 + LEVEL) / 2);

function meanFigure({ means, errors }: Means, sizes: Float64Array, g: number): Figure {
  const value = means[g]!;
  const half = Z * errors[g]!;
  const interval = { lower: value - half, upper: value + half, level: LEVEL };
  return { value, n: sizes[g]!, ...(Number.isFinite(half) && { interval }) };
}

/** The root of a mean square: its interval is the root of the mean's. */
function rootFigure(figure: Figure): Figure {
  const root = (value: number) => Math.sqrt(Math.max(0, value));
  const { value, interval, n } = figure;
  const rooted = interval && {
    ...interval,
    lower: root(interval.lower),
    upper: root(interval.upper),
  };
  return { value: root(value!), n, ...(rooted && { interval: rooted }) };
}

/**
 * Error of a regression by group: mean absolute error, root of the mean square, and mean error
 * (predicted minus true). `error-difference` and `error-ratio` compare mean absolute errors.
 *
 * @param errors predicted minus true by row
 */
export function errorFairness(grouping: Grouping, errors: Float64Array): AttributeFairness {
  const sizes = groupSizes(grouping);
  const absolute = meansOf(grouping, sizes, errors.map(Math.abs));
  const squares = meansOf(
    grouping,
    sizes,
    errors.map((error) => error * error),
  );
  const signed = meansOf(grouping, sizes, errors);
  const sizesOfErrors = judged(absolute, sizes);
  return {
    attribute: grouping.attribute,
    reference: grouping.names[largestGroup(sizes)] ?? '',
    groups: grouping.names.map((group, g) => ({
      group,
      rows: sizes[g]!,
      tooSmall: sizes[g]! < MIN_GROUP_ROWS,
      leftOut: [],
      metrics: {
        mae: meanFigure(absolute, sizes, g),
        rmse: rootFigure(meanFigure(squares, sizes, g)),
        'mean-error': meanFigure(signed, sizes, g),
      },
    })),
    metrics: withRows(sizes, {
      'error-difference': widestSpread([sizesOfErrors]),
      'error-ratio': smallestRatio([sizesOfErrors.estimates], {
        logs: [transformed(sizesOfErrors, LOG)],
      }),
      'rmse-difference': widestSpread([transformed(judged(squares, sizes), ROOT)]),
      'mean-error-difference': widestSpread([judged(signed, sizes)]),
    }),
  };
}

function withRows(sizes: Float64Array, figures: Figures): Figures {
  const n = sizes.reduce((sum, size) => sum + (size < MIN_GROUP_ROWS ? 0 : size), 0);
  return Object.fromEntries(Object.entries(figures).map(([name, f]) => [name, { ...f, n }]));
}

const BINS = 10;

/** Probabilities of the positive class, and which rows are of it. */
export interface Probabilities {
  readonly scores: Float64Array;
  /** 1 where the row is positive. */
  readonly positive: ArrayLike<number>;
}

/**
 * Calibration by group: `calibration-bias`, mean probability minus share of positives, and
 * `calibration-error`, the expected calibration error in ten bins of equal width; between groups
 * `calibration-difference`, the largest bias minus the smallest.
 */
export function calibrationFairness(
  grouping: Grouping,
  { scores, positive: truth }: Probabilities,
): { readonly groups: readonly Figures[]; readonly metrics: Figures } {
  const sizes = groupSizes(grouping);
  const gaps = scores.map((score, row) => score - truth[row]!);
  const bias = meansOf(grouping, sizes, gaps);
  const sums = new Float64Array(BINS * sizes.length);
  for (let row = 0; row < gaps.length; row++) {
    const bin = Math.min(BINS - 1, Math.floor(scores[row]! * BINS));
    sums[grouping.codes[row]! * BINS + bin]! += gaps[row]!;
  }
  const errorOf = (g: number) =>
    sums.subarray(g * BINS, (g + 1) * BINS).reduce((sum, gap) => sum + Math.abs(gap), 0) /
    sizes[g]!;
  return {
    groups: grouping.names.map((_, g) => ({
      'calibration-bias': meanFigure(bias, sizes, g),
      'calibration-error': { value: errorOf(g), n: sizes[g]! },
    })),
    metrics: withRows(sizes, {
      'calibration-difference': widestSpread([judged(bias, sizes)]),
    }),
  };
}
