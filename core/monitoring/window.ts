import { type ColumnDrift, type DataDrift, dataDrift } from '#core/drift/columns.ts';
import { type RankedColumn, rankColumns } from './ranking.ts';

export interface WindowRules {
  /** Fewer say more of chance than of change. */
  readonly minRows: number;
  /** Of the columns, from which on the window as a whole has drifted. */
  readonly driftedShare?: number | undefined;
  readonly importance?: ReadonlyMap<string, number> | undefined;
}

export type WindowVerdict =
  | { readonly status: 'insufficient-data'; readonly rows: number; readonly needed: number }
  | {
      readonly status: 'stable' | 'drifted';
      readonly rows: number;
      readonly data: DataDrift;
      /** The weightiest first. */
      readonly columns: readonly RankedColumn[];
    };

/** What the columns of a window say together; tests are corrected for their number before. */
export function judgeWindow(
  rows: number,
  columns: readonly ColumnDrift[],
  { minRows, driftedShare, importance }: WindowRules,
): WindowVerdict {
  if (rows < minRows) return { status: 'insufficient-data', rows, needed: minRows };
  const data = dataDrift(columns, driftedShare);
  return {
    status: data.drifted ? 'drifted' : 'stable',
    rows,
    data,
    columns: rankColumns(columns, importance),
  };
}
