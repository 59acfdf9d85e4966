import { AppError } from '../errors.ts';
import type { Column, Table } from '../table/table.ts';
import { edgesOf } from './bin-counts.ts';
import { NumericProfiler } from './numeric-profiler.ts';
import { QuantileSketch } from './quantile-sketch.ts';
import { type ColumnProfile, PROFILE_VERSION, type Profile } from './schema.ts';
import { TextProfiler } from './text-profiler.ts';

type ColumnProfiler = NumericProfiler | TextProfiler;

/** Edges of bins by the name of a numeric column. */
export type BinEdges = ReadonlyMap<string, ArrayLike<number>>;

/**
 * Profiles a table as its rows come, and merges with profiles of other rows: in any order and
 * grouping to the same profile, quantiles and the counts of more than 512 texts to within their
 * stated errors.
 */
export class Profiler {
  #rows = 0;
  readonly #columns = new Map<string, ColumnProfiler>();
  readonly #edges: BinEdges | undefined;

  /** @param edges by column: values are also counted between these, as `edgesFrom` has them */
  constructor(edges?: BinEdges) {
    this.#edges = edges;
  }

  /** @throws AppError `invalid` where a column was of the other kind before */
  update(table: Table): void {
    for (const column of table.columns) updateColumn(this.#column(column), column);
    const given = new Set(table.columns.map(({ name }) => name));
    for (const [name, profiler] of this.#columns) if (!given.has(name)) profiler.skip(table.rows);
    this.#rows += table.rows;
  }

  merge(other: Profiler): Profiler {
    const merged = new Profiler(this.#edges);
    merged.#rows = this.#rows + other.#rows;
    for (const name of new Set([...this.#columns.keys(), ...other.#columns.keys()])) {
      const mine = this.#columns.get(name);
      const theirs = other.#columns.get(name);
      merged.#columns.set(name, mergeColumns(name, [mine, this.#rows], [theirs, other.#rows]));
    }
    return merged;
  }

  toJSON(): Profile {
    const columns = [...this.#columns.values()].map((column): ColumnProfile => column.toJSON());
    return { version: PROFILE_VERSION, rows: this.#rows, columns };
  }

  static from({ rows, columns }: Profile): Profiler {
    const profiler = new Profiler();
    profiler.#rows = rows;
    for (const column of columns) {
      profiler.#columns.set(
        column.name,
        column.kind === 'numeric' ? NumericProfiler.from(column) : TextProfiler.from(column),
      );
    }
    return profiler;
  }

  #column({ name, kind }: Column): ColumnProfiler {
    const known = this.#columns.get(name);
    if (known) return known;
    const profiler = newProfiler(kind, name, this.#edges?.get(name));
    profiler.skip(this.#rows);
    this.#columns.set(name, profiler);
    return profiler;
  }
}

const newProfiler = (
  kind: Column['kind'],
  name: string,
  edges?: ArrayLike<number>,
): ColumnProfiler =>
  kind === 'numeric' ? new NumericProfiler(name, edges) : new TextProfiler(name);

function updateColumn(profiler: ColumnProfiler, column: Column): void {
  if (profiler.kind === 'numeric' && column.kind === 'numeric') profiler.update(column);
  else if (profiler.kind === 'text' && column.kind === 'text') profiler.update(column);
  else throw twoKinds(column.name);
}

type Part = readonly [profiler: ColumnProfiler | undefined, rows: number];

/** A column that one part lacks is missing in all of that part's rows. */
function mergeColumns(name: string, [a, aRows]: Part, [b, bRows]: Part): ColumnProfiler {
  const kind = (a ?? b)?.kind as Column['kind'];
  const first = a ?? allMissing(kind, name, aRows);
  const second = b ?? allMissing(kind, name, bRows);
  if (first.kind === 'numeric' && second.kind === 'numeric') return first.merge(second);
  if (first.kind === 'text' && second.kind === 'text') return first.merge(second);
  throw twoKinds(name);
}

function allMissing(kind: Column['kind'], name: string, rows: number): ColumnProfiler {
  const profiler = newProfiler(kind, name);
  profiler.skip(rows);
  return profiler;
}

const twoKinds = (name: string): AppError =>
  new AppError('invalid', `the column "${name}" holds numbers in one part and texts in another`);

/** Profile of a table that is at hand as a whole. */
export function profileTable(table: Table, edges?: BinEdges): Profile {
  const profiler = new Profiler(edges);
  profiler.update(table);
  return profiler.toJSON();
}

/** The edges a reference sets for windows that are to be compared with it. */
export function edgesFrom({ columns }: Profile): BinEdges {
  const numeric = columns.filter((column) => column.kind === 'numeric');
  return new Map(
    numeric.map(({ name, quantiles }) => [name, edgesOf(QuantileSketch.from(quantiles))]),
  );
}
