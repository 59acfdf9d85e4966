import type { ColumnProfile } from '#core/profile/schema.ts';
import type { Table } from '#core/table/table.ts';

/** Counts what lies beyond the reference's range. */
export class Outside {
  readonly counts = new Map<string, number>();
  readonly #ranges = new Map<string, readonly [min: number, max: number]>();

  constructor(reference: readonly ColumnProfile[]) {
    for (const column of reference) {
      if (column.kind !== 'numeric' || column.min === null || column.max === null) continue;
      this.#ranges.set(column.name, [column.min, column.max]);
    }
  }

  add(columns: Table['columns']): void {
    for (const column of columns) {
      const range = this.#ranges.get(column.name);
      if (!range || column.kind !== 'numeric') continue;
      let count = this.counts.get(column.name) ?? 0;
      for (const value of column.values) if (value < range[0] || value > range[1]) count++;
      this.counts.set(column.name, count);
    }
  }
}
