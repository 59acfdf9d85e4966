import type { Figure, Interval } from '#core/figure.ts';
import { normalQuantile } from '#core/stats/normal-quantile.ts';
import { evenness, spread } from './fairness.ts';

/** One quantity by group, with standard errors; NaN where a group is not judged. */
export interface ByGroup {
  readonly estimates: readonly number[];
  readonly errors: readonly number[];
}

const LEVEL = 0.95;

/**
 * The largest difference between two groups in any of the quantities.
 *
 * The largest of many differences is large by chance alone, and a bootstrap repeats that bias. So
 * the interval is that of all pairs at once, widened for their number (Šidák 1967): it holds for
 * the largest true difference, and starts at 0 where the groups may well be alike.
 *
 * @param values what is compared, where the interval rests on adjusted estimates of it
 */
export function widestSpread(
  quantities: readonly ByGroup[],
  values: readonly (readonly number[])[] = quantities.map(({ estimates }) => estimates),
): Figure {
  const spreads = values.map(spread);
  const value = extreme(spreads, Math.max);
  if (value === undefined) return { value: null };
  const pairs = quantities.flatMap((quantity) => pairsOf(quantity));
  if (pairs.length === 0) return { value };
  const { lower, upper } = rangeOf(pairs);
  return {
    value,
    interval: including(value, { lower, upper: upper, level: LEVEL }),
  };
}

export interface RatioOptions {
  /** The quantities' logarithms, for the interval. */
  readonly logs: readonly ByGroup[];
  /** Compares every group with this one only. */
  readonly reference?: number;
}

/** The smaller by the larger, of the two groups furthest apart in any of the quantities. */
export function smallestRatio(
  quantities: readonly (readonly number[])[],
  { logs, reference }: RatioOptions,
): Figure {
  const ratios = quantities.map((estimates) =>
    reference === undefined ? evenness(estimates) : evennessWith(estimates, reference),
  );
  const value = extreme(ratios, Math.min);
  if (value === undefined) return { value: null };
  const pairs = logs.flatMap((quantity) => pairsOf(quantity, reference));
  if (pairs.length === 0) return { value };
  const { lower, upper } = rangeOf(pairs);
  const interval = { lower: Math.exp(-upper), upper: Math.exp(-lower), level: LEVEL };
  return { value, interval: including(value, interval) };
}

/** By the group furthest from the reference; above 1 turned upside down. */
function evennessWith(estimates: readonly number[], reference: number): number {
  const base = estimates[reference]!;
  const ratios = estimates.map((one, g) => {
    return g === reference ? Number.NaN : Math.min(one / base, base / one);
  });
  return extreme(ratios, Math.min) ?? Number.NaN;
}

/** Passing over NaN; undefined of nothing. */
function extreme(
  values: readonly number[],
  pick: (...all: number[]) => number,
): number | undefined {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length === 0 ? undefined : pick(...known);
}

/** Absolute difference of two groups, and its standard error. */
type Pair = readonly [difference: number, error: number];

function pairsOf({ estimates, errors }: ByGroup, reference?: number): Pair[] {
  const known = [...estimates.keys()].filter((g) => Number.isFinite(estimates[g]! + errors[g]!));
  const firsts = reference === undefined ? known : known.filter((g) => g === reference);
  return firsts.flatMap((a) =>
    known
      .filter((b) => (reference === undefined ? b > a : b !== a))
      .map(
        (b): Pair => [Math.abs(estimates[a]! - estimates[b]!), Math.hypot(errors[a]!, errors[b]!)],
      ),
  );
}

/** Standard errors that an interval reaches, for all of so many pairs to hold at once. */
export const widthFor = (pairs: number): number =>
  normalQuantile((1 + LEVEL ** (1 / Math.max(1, pairs))) / 2);

/** Where the largest true difference of the pairs lies. */
function rangeOf(pairs: readonly Pair[]): { lower: number; upper: number } {
  const z = widthFor(pairs.length);
  let [lower, upper] = [0, 0];
  for (const [difference, error] of pairs) {
    lower = Math.max(lower, difference - z * error);
    upper = Math.max(upper, difference + z * error);
  }
  return { lower, upper };
}

const including = (value: number, { lower, upper, level }: Interval): Interval => ({
  lower: Math.min(value, lower),
  upper: Math.max(value, upper),
  level,
});
