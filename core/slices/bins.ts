import type { Random } from '#core/random.ts';
import type { Column, NumericColumn, TextColumn } from '#core/table/table.ts';

/** Code of rows that no slice is made of, such as rare categories. */
const NO_BIN = 255;

/** A column cut into few bins, out of which slices are made. */
export interface Bins {
  readonly feature: string;
  /** Bin by row. */
  readonly codes: Uint8Array;
  readonly count: number;
  /** The first bins, whose neighbours may be merged; the others stand alone. */
  readonly ordered: number;
  /** Says in words which rows lie in a run of bins. */
  readonly describe: (from: number, to: number) => string;
}

/** Tenths, as many as people can still tell apart. */
const MOST_BINS = 10;
/** Cuts need not be exact: a sample puts a tenth's edge within half a percent of the rows. */
const SAMPLE = 20_000;

/** @param minimum rows that a slice must have: rarer categories get no bin */
export const binColumn = (column: Column, minimum: number, random: Random): Bins =>
  column.kind === 'text' ? binTexts(column, minimum) : binNumbers(column, random);

function binTexts({ name, codes, categories }: TextColumn, minimum: number): Bins {
  const MISSING = categories.length;
  const rows = new Int32Array(categories.length + 1);
  for (const code of codes) rows[code < 0 ? MISSING : code]!++;
  // By size, so that the bins do not run out should the minimum be very small.
  const kept = [...rows.keys()]
    .filter((code) => rows[code]! >= Math.max(1, minimum))
    .sort((a, b) => rows[b]! - rows[a]!)
    .slice(0, NO_BIN);
  const binOf = new Uint8Array(categories.length + 1).fill(NO_BIN);
  for (const [bin, code] of kept.entries()) binOf[code] = bin;
  return {
    feature: name,
    codes: Uint8Array.from(codes, (code) => binOf[code < 0 ? MISSING : code]!),
    count: kept.length,
    ordered: 0,
    describe: (bin) =>
      kept[bin] === MISSING
        ? `${name} is missing`
        : `${name} = ${JSON.stringify(categories[kept[bin]!])}`,
  };
}

function binNumbers({ name, values }: NumericColumn, random: Random): Bins {
  const sorted = sampleSorted(values, random);
  const distinct = firstDistinct(sorted, MOST_BINS + 1);
  const discrete = distinct.length <= MOST_BINS;
  // Each edge opens a bin; the first bin is all below the first edge.
  const edges = discrete ? distinct.slice(1) : quantileEdges(sorted);
  const ordered = edges.length + 1;
  const codes = new Uint8Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    let bin = Number.isNaN(value) ? ordered : 0;
    for (let i = 0; i < edges.length; i++) if (value >= edges[i]!) bin++;
    codes[row] = bin;
  }
  const inRange = discrete ? describeValues(name, distinct) : describeRange(name, edges);
  const describe = (from: number, to: number) =>
    from === ordered ? `${name} is missing` : inRange(from, to);
  return { feature: name, codes, count: ordered + 1, ordered, describe };
}

/** Values present, of all rows or of a sample of many, sorted. */
function sampleSorted(values: Float64Array, random: Random): Float64Array {
  const drawn =
    values.length <= SAMPLE
      ? values
      : Float64Array.from({ length: SAMPLE }, () => values[random.integer(values.length)]!);
  return drawn.filter((value) => !Number.isNaN(value)).sort();
}

function firstDistinct(sorted: Float64Array, most: number): number[] {
  const distinct: number[] = [];
  for (const value of sorted) {
    if (value !== distinct.at(-1)) distinct.push(value);
    if (distinct.length === most) break;
  }
  return distinct;
}

/** Edges of tenths, in as few digits as keep them apart: people read them. */
function quantileEdges(sorted: Float64Array): number[] {
  const at = (share: number) => sorted[Math.floor(share * sorted.length)]!;
  const exact = Array.from({ length: MOST_BINS - 1 }, (_, i) => at((i + 1) / MOST_BINS));
  const distinct = [...new Set(exact)].filter((edge) => edge > sorted[0]!);
  const rounded = new Set(distinct.map((edge) => Number(edge.toPrecision(3))));
  return rounded.size === distinct.length ? [...rounded] : distinct;
}

const describeRange = (name: string, edges: readonly number[]) => (from: number, to: number) => {
  if (from === 0) return `${name} < ${edges[to]}`;
  if (to === edges.length) return `${name} ≥ ${edges[from - 1]}`;
  return `${name} in [${edges[from - 1]}, ${edges[to]})`;
};

/** A value unseen in the sample counts to the one below it. */
const describeValues = (name: string, values: readonly number[]) => (from: number, to: number) => {
  if (from === to) return `${name} = ${values[from]}`;
  return `${name} in [${values[from]}, ${values[to]}]`;
};
