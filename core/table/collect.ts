import { AppError } from '../errors.ts';
import type { Random } from '../random.ts';
import type { Column, NumericColumn, Table, TextColumn } from './table.ts';
import { takeRows } from './table.ts';

/** Cells of a table that is held as a whole: 8 bytes each. */
export const MAX_CELLS = 150_000_000;
const MAX_TEXT_LENGTH = 256 * 2 ** 20;

/**
 * A simple random sample without replacement, in one pass and in order, of a number of rows that is
 * known (selection sampling: Knuth, TAOCP 3.4.2, algorithm S).
 */
export class RowSampler {
  #left: number;
  #wanted: number;
  readonly #random: Random;

  constructor(rows: number, wanted: number, random: Random) {
    this.#left = rows;
    this.#wanted = Math.min(rows, wanted);
    this.#random = random;
  }

  /** Which of the next rows are in the sample. */
  next(rows: number): number[] {
    const taken: number[] = [];
    for (let row = 0; row < rows; row++) {
      if (this.#random.uniform() * this.#left < this.#wanted) {
        taken.push(row);
        this.#wanted--;
      }
      this.#left--;
    }
    return taken;
  }
}

/** Joins tables into one; columns that only some have get gaps. */
export class TableCollector {
  readonly #rows: number;
  readonly #sampler: RowSampler | undefined;
  readonly #columns = new Map<string, Column>();
  readonly #codes = new Map<string, Map<string, number>>();
  #filled = 0;
  #textLength = 0;

  /**
   * @param options.rows that will come
   * @param options.maxRows more than these are sampled
   */
  constructor(options: { rows: number; maxRows?: number | undefined; random: Random }) {
    const { rows, maxRows = rows, random } = options;
    this.#rows = Math.min(rows, maxRows);
    if (maxRows < rows) this.#sampler = new RowSampler(rows, maxRows, random);
  }

  /** @throws AppError `too-large` where the table would not fit in memory */
  add(table: Table): void {
    const part = this.#sampler ? takeRows(table, this.#sampler.next(table.rows)) : table;
    for (const column of part.columns) {
      if (column.kind === 'numeric')
        this.#numeric(column.name).values.set(column.values, this.#filled);
      else this.#addText(column);
    }
    this.#filled += part.rows;
  }

  /** In the order of these names, where given. */
  table(names?: readonly string[]): Table {
    const order = names ?? [...this.#columns.keys()];
    const columns = order.flatMap((name) => this.#columns.get(name) ?? []);
    return { rows: this.#filled, columns };
  }

  #numeric(name: string): NumericColumn {
    const found = this.#columns.get(name);
    if (found) return found as NumericColumn;
    this.#checkCells();
    const values = new Float64Array(this.#rows).fill(Number.NaN);
    const column: NumericColumn = { name, kind: 'numeric', values };
    this.#columns.set(name, column);
    return column;
  }

  #text(name: string): TextColumn {
    const found = this.#columns.get(name);
    if (found) return found as TextColumn;
    this.#checkCells();
    const codes = new Int32Array(this.#rows).fill(-1);
    const column: TextColumn = { name, kind: 'text', codes, categories: [] };
    this.#columns.set(name, column);
    this.#codes.set(name, new Map());
    return column;
  }

  #addText(part: TextColumn): void {
    const { codes, categories } = this.#text(part.name);
    const known = this.#codes.get(part.name) as Map<string, number>;
    const all = categories as string[];
    // Filled when a row needs it: a sample need not hold every category.
    const translated = new Int32Array(part.categories.length).fill(-1);
    for (let row = 0; row < part.codes.length; row++) {
      const code = part.codes[row] as number;
      if (code < 0) continue;
      if ((translated[code] as number) < 0) {
        translated[code] = this.#codeOf(part.categories[code] as string, known, all);
      }
      codes[this.#filled + row] = translated[code] as number;
    }
  }

  #codeOf(text: string, known: Map<string, number>, all: string[]): number {
    const found = known.get(text);
    if (found !== undefined) return found;
    this.#textLength += text.length;
    if (this.#textLength > MAX_TEXT_LENGTH) {
      throw tooLarge('distinct texts fill more than 256 MiB: read fewer rows or columns');
    }
    known.set(text, all.length);
    return all.push(text) - 1;
  }

  #checkCells(): void {
    const cells = this.#rows * (this.#columns.size + 1);
    if (cells <= MAX_CELLS) return;
    throw tooLarge(`the table has more than ${MAX_CELLS} cells: read fewer rows or columns`);
  }
}

const tooLarge = (message: string) => new AppError('too-large', message);
