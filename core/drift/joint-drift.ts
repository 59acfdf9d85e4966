import type { Random } from '#core/random.ts';
import { type Column, columnOf, type Table, type TextColumn } from '#core/table/table.ts';
import { domainClassifier } from './domain-classifier.ts';
import { energyTest } from './energy.ts';
import { maximumMeanDiscrepancy } from './maximum-mean-discrepancy.ts';
import type { DriftResult, MultivariateMethod } from './result.ts';
import type { Vectors } from './vectors.ts';

export interface JointOptions {
  /** `energy` for vectors, `domain-classifier` for tables where none is given. */
  readonly method?: MultivariateMethod | undefined;
  readonly threshold?: number | undefined;
  readonly random: Random;
}

export interface JointDrift {
  /** Columns that were looked at together. */
  readonly columns: string[];
  readonly result: DriftResult;
}

/**
 * Whether rows as a whole have moved, also where no column alone shows it: columns that hold vectors
 * (lists in JSON) by themselves, all others together.
 */
export function jointDrift(reference: Table, current: Table, options: JointOptions): JointDrift[] {
  const shared = current.columns.filter(
    (column) => columnOf(reference, column.name)?.kind === column.kind,
  );
  const vectors = shared.filter(isVectorColumn);
  const plain = shared.filter((column) => !isVectorColumn(column)).map(({ name }) => name);
  const found = vectors.map(({ name }) => {
    const pair = [reference, current].map((table) =>
      vectorsOf(columnOf(table, name) as TextColumn),
    );
    return { columns: [name], result: ofVectors(pair[0], pair[1], options) };
  });
  if (plain.length > 1) {
    found.push({ columns: plain, result: ofTables(reference, current, plain, options) });
  }
  return found.flatMap(({ columns, result }) => (result ? [{ columns, result }] : []));
}

/** Lists of numbers, as captures hold inputs that are no rows of columns. */
export const isVectorColumn = (column: Column): boolean =>
  column.kind === 'text' &&
  column.categories.length > 0 &&
  column.categories.every((text) => /^\[[[\]\d\s,.eE+-]*\]$/.test(text));

function ofVectors(
  reference: Vectors | undefined,
  current: Vectors | undefined,
  { method = 'energy', threshold, random }: JointOptions,
): DriftResult | undefined {
  if (!reference || !current || reference.size !== current.size) return undefined;
  if (method === 'domain-classifier') {
    return domainClassifier(spread(reference), spread(current), { random, threshold });
  }
  const test = method === 'energy' ? energyTest : maximumMeanDiscrepancy;
  return test(reference, current, { random, threshold });
}

function ofTables(
  reference: Table,
  current: Table,
  names: readonly string[],
  { method = 'domain-classifier', threshold, random }: JointOptions,
): DriftResult | undefined {
  const take = (table: Table): Table => ({
    rows: table.rows,
    columns: names.map((name) => columnOf(table, name) as Column),
  });
  const pair = [take(reference), take(current)] as const;
  if (method === 'domain-classifier') return domainClassifier(...pair, { random, threshold });
  const test = method === 'energy' ? energyTest : maximumMeanDiscrepancy;
  const [first, second] = standardised(...pair);
  return first.size === 0 ? undefined : test(first, second, { random, threshold });
}

/** Undefined unless every list is of numbers, and of one length; rows without one are left out. */
function vectorsOf({ codes, categories }: TextColumn): Vectors | undefined {
  const lists = categories.map((text) => (JSON.parse(text) as unknown[]).flat(8) as number[]);
  const size = lists[0]?.length ?? 0;
  if (size === 0 || lists.some((list) => list.length !== size || !list.every(Number.isFinite))) {
    return undefined;
  }
  const rows = codes.filter((code) => code >= 0);
  const values = new Float64Array(rows.length * size);
  for (const [row, code] of rows.entries()) values.set(lists[code] as number[], row * size);
  return { size, values };
}

function spread({ size, values }: Vectors): Table {
  const rows = values.length / size;
  const columns = Array.from({ length: size }, (_, at): Column => {
    const own = Float64Array.from({ length: rows }, (_, row) => values[row * size + at] as number);
    return { name: String(at), kind: 'numeric', values: own };
  });
  return { rows, columns };
}

/** Numbers in standard deviations of the reference, gaps at its mean; texts have no distance. */
function standardised(reference: Table, current: Table): [Vectors, Vectors] {
  const numeric = reference.columns.flatMap((column, i) =>
    column.kind === 'numeric' ? [{ own: column.values, at: i }] : [],
  );
  const size = numeric.length;
  const make = (table: Table): Vectors => {
    const values = new Float64Array(table.rows * size);
    for (const [k, { own, at }] of numeric.entries()) {
      const { mean, deviation } = centreOf(own);
      const column = (table.columns[at] as Column & { kind: 'numeric' }).values;
      for (const [row, value] of column.entries()) {
        values[row * size + k] = Number.isFinite(value) ? (value - mean) / deviation : 0;
      }
    }
    return { size, values };
  };
  return [make(reference), make(current)];
}

function centreOf(values: Float64Array): { mean: number; deviation: number } {
  const finite = values.filter(Number.isFinite);
  const mean = finite.reduce((sum, value) => sum + value, 0) / Math.max(1, finite.length);
  const squares = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / Math.max(1, finite.length)) || 1 };
}
