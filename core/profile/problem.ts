import { DistinctCounter } from './distinct-counter.ts';
import type { ColumnProfile, NumericProfile, Profile } from './schema.ts';

/**
 * What keeps a profile that came from elsewhere from being merged: its parts follow from the same
 * values, so that their counts have to agree.
 *
 * @returns undefined where nothing does
 */
export function problemOf({ rows, columns }: Profile): string | undefined {
  if (new Set(columns.map(({ name }) => name)).size < columns.length) return 'names a column twice';
  for (const column of columns) {
    const problem = problemIn(column, rows);
    if (problem !== undefined) return `"${column.name}" ${problem}`;
  }
  return undefined;
}

function problemIn(column: ColumnProfile, rows: number): string | undefined {
  if (column.count !== rows) return `counts ${column.count} of ${rows} rows`;
  if (!Number.isFinite(DistinctCounter.from(column.distinct).estimate())) {
    return 'has registers that no value leads to';
  }
  return column.kind === 'numeric' ? problemInNumbers(column) : undefined;
}

function problemInNumbers(column: NumericProfile): string | undefined {
  const { count, missing, infinite, moments, quantiles, min, max, bins } = column;
  const { levels, keepsOdd } = quantiles;
  const kept = levels.reduce((sum, values, level) => sum + values.length * 2 ** level, 0);
  const finite = count - missing - infinite;
  const agrees = [moments.count, quantiles.count, kept].every((one) => one === finite);
  if (!agrees || levels.length === 0 || keepsOdd.length !== levels.length) {
    return 'has quantiles or moments of other rows than it counts';
  }
  if (finite > 0 && (min === null || max === null || min > max)) return 'has no range';
  const binned = bins?.counts.reduce((sum, one) => sum + one, 0) ?? finite;
  const isBinned = bins === undefined || bins.counts.length === bins.edges.length + 1;
  return binned === finite && isBinned ? undefined : 'has bins of other rows than it counts';
}
