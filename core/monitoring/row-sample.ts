import { Random } from '#core/random.ts';
import { argsort } from '#core/stats/argsort.ts';
import { TableCollector } from '#core/table/collect.ts';
import { type Table, takeRows } from '#core/table/table.ts';
import { Fingerprint, hashOf } from './fingerprint.ts';

interface Part {
  readonly table: Table;
  readonly hashes: Float64Array;
}

/**
 * Keeps the rows whose names have the smallest hashes (bottom-k; Cohen and Kaplan 2007): a sample
 * without replacement that is the same whatever the order in which files are read.
 */
export class RowSample {
  /** Of the names of all rows, those that are not kept too. */
  readonly fingerprint = new Fingerprint();
  readonly #most: number;
  #parts: Part[] = [];
  #kept = 0;
  #limit = Number.POSITIVE_INFINITY;
  #rows = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether no row was left out. */
  get isWhole(): boolean {
    return this.#rows <= this.#most;
  }

  /** @param nameOf of a row, its own among all rows */
  add(table: Table, nameOf: (row: number) => string): void {
    const hashes = Float64Array.from({ length: table.rows }, (_, row) => hashOf(nameOf(row)));
    for (const hash of hashes) this.fingerprint.addHash(hash);
    this.#rows += table.rows;
    this.#keep({ table, hashes });
    if (this.#kept <= 2 * this.#most) return;
    const all = Float64Array.from(this.#parts.flatMap((part) => [...part.hashes])).sort();
    this.#limit = all[this.#most] as number;
    const parts = this.#parts;
    [this.#parts, this.#kept] = [[], 0];
    for (const part of parts) this.#keep(part);
  }

  #keep({ table, hashes }: Part): void {
    const rows = Int32Array.from(hashes.keys()).filter(
      (row) => (hashes[row] as number) < this.#limit,
    );
    if (rows.length === 0) return;
    const kept = Float64Array.from(rows, (row) => hashes[row] as number);
    this.#parts.push({ table: takeRows(table, rows), hashes: kept });
    this.#kept += rows.length;
  }

  /** In the order of the hashes: by chance, and always the same. */
  toTable(): Table {
    const collector = new TableCollector({ rows: this.#kept, random: new Random(0) });
    for (const { table } of this.#parts) collector.add(table);
    const order = argsort(Float64Array.from(this.#parts.flatMap((part) => [...part.hashes])));
    return takeRows(collector.table(), order.subarray(0, this.#most));
  }
}
