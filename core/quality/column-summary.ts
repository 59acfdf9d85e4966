import { quantileOfSorted } from '#core/stats/bootstrap.ts';
import type { Column, NumericColumn, TextColumn } from '#core/table/table.ts';

export interface ColumnSummary {
  readonly rows: number;
  /** Share of rows without a value. */
  readonly missing: number;
  readonly distinct: number;
  /** Share of the most frequent value among those that are there; 0 where none is. */
  readonly mostFrequent: number;
  /** Share of rows with an infinite number. */
  readonly infinite: number;
  /** Of the finite ones. */
  readonly numbers?: {
    readonly min: number;
    readonly median: number;
    readonly max: number;
    /** Share of values beyond Tukey's outer fences. */
    readonly outliers: number;
  };
}

/** What a column holds, exactly: O(n log n) for numbers. */
export const summariseColumn = (column: Column): ColumnSummary =>
  column.kind === 'numeric' ? summariseNumbers(column) : summariseTexts(column);

function summariseNumbers({ values }: NumericColumn): ColumnSummary {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const finite = sorted.filter(Number.isFinite);
  const there = sorted.length;
  const runs = countRuns(sorted);
  const summary = {
    rows: values.length,
    missing: values.length === 0 ? 0 : 1 - there / values.length,
    distinct: runs.distinct,
    mostFrequent: there === 0 ? 0 : runs.longest / there,
    infinite: values.length === 0 ? 0 : (there - finite.length) / values.length,
  };
  if (finite.length === 0) return summary;
  const numbers = {
    min: finite[0] as number,
    median: quantileOfSorted(finite, 0.5),
    max: finite[finite.length - 1] as number,
    outliers: outlierShare(finite),
  };
  return { ...summary, numbers };
}

function countRuns(sorted: Float64Array): { distinct: number; longest: number } {
  let [distinct, longest, start] = [0, 0, 0];
  for (let i = 1; i <= sorted.length; i++) {
    if (i < sorted.length && sorted[i] === sorted[start]) continue;
    distinct++;
    longest = Math.max(longest, i - start);
    start = i;
  }
  return { distinct, longest };
}

/** Quartiles widened by three times their distance (Tukey, Exploratory Data Analysis, 1977). */
const FENCE = 3;

function outlierShare(sorted: Float64Array): number {
  const [low, high] = [quantileOfSorted(sorted, 0.25), quantileOfSorted(sorted, 0.75)];
  const reach = FENCE * (high - low);
  // Where half of the values are one, every other value would be an outlier.
  if (reach === 0) return 0;
  let outside = 0;
  for (const value of sorted) if (value < low - reach || value > high + reach) outside++;
  return outside / sorted.length;
}

function summariseTexts({ codes, categories }: TextColumn): ColumnSummary {
  const counts = countCategories(codes, categories.length);
  const there = counts.reduce((sum, count) => sum + count, 0);
  return {
    rows: codes.length,
    missing: codes.length === 0 ? 0 : 1 - there / codes.length,
    distinct: counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0),
    mostFrequent: there === 0 ? 0 : counts.reduce((a, b) => Math.max(a, b), 0) / there,
    infinite: 0,
  };
}

/** Rows by category; missing values are not counted. */
export function countCategories(codes: Int32Array, categories: number): Float64Array {
  const counts = new Float64Array(categories);
  for (const code of codes) if (code >= 0) counts[code] = (counts[code] as number) + 1;
  return counts;
}
