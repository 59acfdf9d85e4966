import { totalOf } from '#core/drift/bins.ts';
import { psi } from '#core/drift/psi.ts';
import { quantileOfSorted } from '#core/stats/bootstrap.ts';
import type { Column, NumericColumn, TextColumn } from '#core/table/table.ts';
import { countCategories } from './column-summary.ts';

const BINS = 10;

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
  if (totalOf(reference) === 0 || totalOf(current) === 0) return undefined;
  const used = reference.filter((count, bin) => count + (current[bin] as number) > 0).length;
  const freedom = Math.max(1, used - 1);
  const scale = 1 / totalOf(reference) + 1 / totalOf(current);
  return {
    psi: psi({ reference, current }),
    noise: scale * (freedom + 2 * Math.sqrt(2 * freedom)),
  };
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
