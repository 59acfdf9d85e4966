import { quantileOfSorted } from '#core/stats/bootstrap.ts';
import type { Column, NumericColumn, TextColumn } from '#core/table/table.ts';
import { countCategories } from './column-summary.ts';

/** Shares below this count as this much, so that an empty bin is far away and not infinitely far. */
const LEAST_SHARE = 1e-4;
const BINS = 10;

/**
 * Population stability index, Σ (c − r) ln(c / r) over bins (Siddiqi, Credit Risk Scorecards, 2006).
 * @param reference,current counts in the same bins; undefined where either has none
 */
export function psi(reference: ArrayLike<number>, current: ArrayLike<number>): number | undefined {
  const [all, seen] = [total(reference), total(current)];
  if (all === 0 || seen === 0) return undefined;
  let sum = 0;
  for (let bin = 0; bin < reference.length; bin++) {
    const r = Math.max((reference[bin] as number) / all, LEAST_SHARE);
    const c = Math.max((current[bin] as number) / seen, LEAST_SHARE);
    sum += (c - r) * Math.log(c / r);
  }
  return sum;
}

const total = (counts: ArrayLike<number>): number =>
  Array.prototype.reduce.call(
    counts,
    (sum, count) => (sum as number) + (count as number),
    0,
  ) as number;

export interface Shift {
  readonly psi: number;
  /** What two samples of one distribution rarely exceed, so many rows and bins given. */
  readonly noise: number;
}

/**
 * How far a column has moved from another of the same name: over the reference's deciles or its
 * categories, with missing values as a bin of their own.
 * @returns undefined where the columns cannot be compared
 */
export function shiftBetween(reference: Column, current: Column): Shift | undefined {
  if (reference.kind === 'numeric' && current.kind === 'numeric') {
    return numericShift(reference, current);
  }
  if (reference.kind === 'text' && current.kind === 'text') return textShift(reference, current);
  return undefined;
}

/**
 * Of two samples of one distribution, PSI × nm ÷ (n + m) has nearly the distribution χ² with one
 * degree of freedom less than there are bins (Yurdakul and Naranjo, 2020).
 */
function shiftOf(reference: Float64Array, current: Float64Array): Shift | undefined {
  const index = psi(reference, current);
  if (index === undefined) return undefined;
  const used = reference.filter((count, bin) => count + (current[bin] as number) > 0).length;
  const freedom = Math.max(1, used - 1);
  const scale = 1 / total(reference) + 1 / total(current);
  return { psi: index, noise: scale * (freedom + 2 * Math.sqrt(2 * freedom)) };
}

function numericShift(reference: NumericColumn, current: NumericColumn): Shift | undefined {
  const sorted = reference.values.filter((value) => !Number.isNaN(value)).sort();
  if (sorted.length === 0) return undefined;
  const inner = Array.from({ length: BINS - 1 }, (_, i) =>
    quantileOfSorted(sorted, (i + 1) / BINS),
  );
  const edges = [...new Set(inner)];
  return shiftOf(countBins(reference.values, edges), countBins(current.values, edges));
}

/** Rows by bin, the last for missing values; a value on an edge belongs below it. */
function countBins(values: Float64Array, edges: readonly number[]): Float64Array {
  const counts = new Float64Array(edges.length + 2);
  for (const value of values) {
    let bin = 0;
    if (Number.isNaN(value)) bin = edges.length + 1;
    else while (bin < edges.length && value > (edges[bin] as number)) bin++;
    counts[bin] = (counts[bin] as number) + 1;
  }
  return counts;
}

function textShift(reference: TextColumn, current: TextColumn): Shift | undefined {
  const names = [...new Set([...reference.categories, ...current.categories])];
  return shiftOf(countNames(reference, names), countNames(current, names));
}

function countNames({ codes, categories }: TextColumn, names: readonly string[]): Float64Array {
  const own = countCategories(codes, categories.length);
  const at = new Map(categories.map((name, code) => [name, own[code] as number]));
  const there = own.reduce((sum, count) => sum + count, 0);
  return Float64Array.from([...names.map((name) => at.get(name) ?? 0), codes.length - there]);
}
