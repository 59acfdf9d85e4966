import { QuantileSketch } from '#core/profile/quantile-sketch.ts';
import type { NumericProfile } from '#core/profile/schema.ts';

/** What a profile knows of a distribution function: exact, or off by no more than an error. */
export interface Outline {
  /** Ascending. */
  readonly values: Float64Array;
  /** How many values are at most this one. */
  readonly ranks: Float64Array;
  readonly rows: number;
  /** Of any share below a value. */
  readonly rankError: number;
}

/** From the counts of values where all are counted, else from the quantile sketch. */
export function outlineOf({ values, quantiles, moments }: NumericProfile): Outline {
  if (!values) {
    const sketch = QuantileSketch.from(quantiles);
    return { ...sketch.cumulative(), rows: sketch.count, rankError: sketch.rankError };
  }
  let rank = 0;
  const ranks = Float64Array.from(values, ([, count]) => {
    rank += count;
    return rank;
  });
  const points = Float64Array.from(values, ([value]) => value);
  return { values: points, ranks, rows: moments.count, rankError: 0 };
}

export interface OutlineDistances {
  /** Largest difference of the distribution functions. */
  readonly supremum: number;
  /** Area between them. */
  readonly area: number;
}

/** Kolmogorov–Smirnov's and Wasserstein's distance of two outlines, in one walk over both. */
export function outlineDistances(a: Outline, b: Outline): OutlineDistances {
  const [n, m] = [a.values.length, b.values.length];
  let [i, j, supremum, area, difference] = [0, 0, 0, 0, 0];
  let before = Math.min(a.values[0] as number, b.values[0] as number);
  while (i < n || j < m) {
    const value = Math.min(valueAt(a.values, i), valueAt(b.values, j));
    area += difference * (value - before);
    while (i < n && a.values[i] === value) i++;
    while (j < m && b.values[j] === value) j++;
    difference = Math.abs(shareBefore(a, i) - shareBefore(b, j));
    supremum = Math.max(supremum, difference);
    before = value;
  }
  return { supremum, area };
}

const valueAt = (values: Float64Array, i: number): number =>
  i < values.length ? (values[i] as number) : Number.POSITIVE_INFINITY;

const shareBefore = ({ ranks, rows }: Outline, i: number): number =>
  i === 0 ? 0 : (ranks[i - 1] as number) / rows;
