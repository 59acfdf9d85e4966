import { benjaminiHochberg } from '#core/stats/benjamini-hochberg.ts';
import type { DriftResult } from './result.ts';

/** Of the columns compared, the share from which on the data as a whole have drifted (Evidently). */
const DATA_DRIFTED = 0.5;

export interface ColumnDrift {
  readonly name: string;
  readonly result: DriftResult;
}

/**
 * The same columns, tests decided anew by p-values corrected for how many were made (Benjamini and
 * Hochberg), so that of all columns called drifted a share of no more than the threshold is false.
 * Distances have no p-value and stay as they are.
 */
export function controlFalseDiscoveries(columns: readonly ColumnDrift[]): ColumnDrift[] {
  const tests = columns.filter(({ result }) => result.pValue !== undefined);
  const adjusted = benjaminiHochberg(tests.map(({ result }) => result.pValue as number));
  const byName = new Map(tests.map(({ name }, i) => [name, adjusted[i] as number]));
  return columns.map((column) => {
    const adjustedPValue = byName.get(column.name);
    if (adjustedPValue === undefined) return column;
    const drifted = adjustedPValue < column.result.threshold;
    return { ...column, result: { ...column.result, adjustedPValue, drifted } };
  });
}

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
