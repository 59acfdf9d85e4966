import { type Column, columnOf, type Table, textAt } from '#core/table/table.ts';

export type Condition =
  | { readonly feature: string; readonly is: readonly (string | number | boolean)[] }
  | {
      readonly feature: string;
      readonly from?: number | undefined;
      /** Exclusive. */
      readonly to?: number | undefined;
    };

/** Rows that are looked at by themselves: those of which every condition holds. */
export interface Segment {
  readonly name: string;
  readonly where: readonly Condition[];
}

/** Rows of a table of captures that belong to a segment; none where a feature is not captured. */
export function rowsOfSegment(table: Table, { where }: Segment): Int32Array {
  const tests = where.map((condition) =>
    testOf(condition, columnOf(table, `in_${condition.feature}`)),
  );
  return Int32Array.from({ length: table.rows }, (_, row) => row).filter((row) =>
    tests.every((test) => test(row)),
  );
}

function testOf(condition: Condition, column: Column | undefined): (row: number) => boolean {
  if (!column) return () => false;
  if ('is' in condition) {
    // Captures hold single precision where the model takes it.
    const texts = condition.is.flatMap((value) =>
      typeof value === 'number' ? [String(value), String(Math.fround(value))] : [String(value)],
    );
    const wanted = new Set<string | undefined>(texts);
    return (row) => wanted.has(textAt(column, row));
  }
  if (column.kind === 'text') return () => false;
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = condition;
  return (row) => {
    const value = column.values[row] as number;
    return value >= from && value < to;
  };
}
