import { benjaminiHochberg } from '#core/stats/benjamini-hochberg.ts';
import type { DriftResult } from './result.ts';

/** Of the columns compared, the share from which on the data as a whole have drifted (Evidently). */
const DATA_DRIFTED = 0.5;
/** Of the domain classifier, whose threshold is that of its score. */
const SIGNIFICANCE = 0.05;

export interface ColumnDrift {
  readonly name: string;
  readonly result: DriftResult;
}

/**
 * The same comparisons, tests decided anew by p-values corrected for how many were made (Benjamini
 * and Hochberg), so that of all that is called drifted a share of no more than the threshold is
 * false. Distances have no p-value and stay as they are.
 */
export function controlFalseDiscoveries<T extends { readonly result: DriftResult }>(
  comparisons: readonly T[],
): T[] {
  const pValues = comparisons.flatMap(({ result }) => result.pValue ?? []);
  const adjusted = benjaminiHochberg(pValues).values();
  return comparisons.map((comparison) => {
    const { result } = comparison;
    if (result.pValue === undefined) return comparison;
    const adjustedPValue = adjusted.next().value as number;
    const drifted = isDrifted(result, adjustedPValue);
    return { ...comparison, result: { ...result, adjustedPValue, drifted } };
  });
}

/** What had to be large as well as significant still has to be. */
const isDrifted = ({ method, threshold, drifted }: DriftResult, pValue: number): boolean =>
  method === 'domain-classifier' ? drifted && pValue < SIGNIFICANCE : pValue < threshold;

export interface DataDrift {
  readonly columns: number;
  readonly driftedColumns: number;
  readonly share: number;
  readonly drifted: boolean;
}

export function dataDrift(columns: readonly ColumnDrift[], threshold = DATA_DRIFTED): DataDrift {
  const driftedColumns = columns.filter(({ result }) => result.drifted).length;
  const share = columns.length === 0 ? 0 : driftedColumns / columns.length;
  return {
    columns: columns.length,
    driftedColumns,
    share,
    drifted: columns.length > 0 && share >= threshold,
  };
}
