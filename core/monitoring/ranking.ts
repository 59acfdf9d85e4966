import type { ColumnDrift } from '#core/drift/columns.ts';
import type { DriftResult } from '#core/drift/result.ts';

/** Drift beyond this is as bad as drift can be. */
const MOST = 10;

/**
 * How far beyond its threshold a column has moved: 1 at the threshold, 0 where nothing differs. The
 * ratio of score and threshold for distances, of their logarithms for p-values.
 */
export function driftStrength(result: DriftResult): number {
  const { score, threshold, pValue, adjustedPValue } = result;
  const p = adjustedPValue ?? pValue;
  if (p === undefined) return threshold <= 0 ? MOST : Math.min(MOST, score / threshold);
  return p === 0 ? MOST : Math.min(MOST, Math.log(p) / Math.log(threshold));
}

export interface RankedColumn extends ColumnDrift {
  /** Share of the model's importance; equal shares where none is known. */
  readonly importance: number;
  readonly strength: number;
  /** Importance × strength: what to look at first. */
  readonly weight: number;
}

/**
 * Columns by importance × drift, the weightiest first, columns of equal weight by their name.
 *
 * @param importance by column, such as permutation importance; negative ones count as none
 */
export function rankColumns(
  columns: readonly ColumnDrift[],
  importance: ReadonlyMap<string, number> = new Map(),
): RankedColumn[] {
  const known = columns.map(({ name }) => Math.max(0, importance.get(name) ?? 0));
  const total = known.reduce((sum, value) => sum + value, 0);
  const ranked = columns.map((column, i) => {
    const share = total > 0 ? (known[i] as number) / total : 1 / columns.length;
    const strength = driftStrength(column.result);
    return { ...column, importance: share, strength, weight: share * strength };
  });
  return ranked.sort((a, b) => b.weight - a.weight || (a.name < b.name ? -1 : 1));
}
