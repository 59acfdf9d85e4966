import type { Column } from '../table/table.ts';
import { WORST_RANK_ERROR } from './quantile-sketch.ts';
import type { ColumnProfile, NumericProfile } from './schema.ts';

/** Counts rows that lie beyond the smallest and largest value of a reference, by column. */
export class Outside {
  readonly counts = new Map<string, number>();
  readonly #ranges = new Map<string, readonly [min: number, max: number]>();

  constructor(reference: readonly ColumnProfile[]) {
    for (const column of reference) {
      if (column.kind !== 'numeric' || column.min === null || column.max === null) continue;
      this.#ranges.set(column.name, [column.min, column.max]);
    }
  }

  add(columns: readonly Column[]): void {
    for (const column of columns) {
      const range = this.#ranges.get(column.name);
      if (!range || column.kind !== 'numeric') continue;
      let count = 0;
      for (const value of column.values) if (value < range[0] || value > range[1]) count++;
      this.#count(column.name, count);
    }
  }

  /** What was counted elsewhere, against the same reference. */
  merge(counts: Readonly<Record<string, number>>): void {
    for (const [name, count] of Object.entries(counts)) {
      if (this.#ranges.has(name)) this.#count(name, count);
    }
  }

  /** What profiles alone tell for certain: as many as the errors of their sketches leave. */
  addProfiled(columns: readonly ColumnProfile[]): void {
    for (const column of columns) {
      const range = this.#ranges.get(column.name);
      if (range && column.kind === 'numeric') this.#count(column.name, fewest(column, range));
    }
  }

  #count(name: string, more: number): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + more);
  }
}

/** Fewest values that can lie beyond; exactly as many while the sketch holds every value. */
function fewest({ min, max, quantiles }: NumericProfile, [low, high]: readonly [number, number]) {
  const { count, levels } = quantiles;
  const sides = Number((min ?? low) < low) + Number((max ?? high) > high);
  const beyond = (values: readonly number[]) => values.filter((v) => v < low || v > high).length;
  const seen = levels.reduce((sum, values, level) => sum + 2 ** level * beyond(values), 0);
  const error = levels.length === 1 ? 0 : WORST_RANK_ERROR * count * sides;
  return Math.max(sides, Math.floor(seen - error));
}
