import { quantileOfSorted } from '#core/stats/bootstrap.ts';
import { midranks } from '#core/stats/midranks.ts';
import type { Column, NumericColumn } from '#core/table/table.ts';

const BINS = 20;

/**
 * How much of the label a column alone tells, from 0 to 1: Theil's uncertainty coefficient
 * I(column; label) ÷ H(label), with numbers in twenty bins of equal size. Biased upwards where bins
 * hold few rows.
 * @returns undefined where the label has one value only
 */
export function toldOfClass(column: Column, label: Int32Array): number | undefined {
  const bins = binsOf(column);
  const joint = new Map<number, number>();
  const [byBin, byLabel] = [new Map<number, number>(), new Map<number, number>()];
  let rows = 0;
  for (let row = 0; row < label.length; row++) {
    const truth = label[row] as number;
    if (truth < 0) continue;
    const bin = bins[row] as number;
    rows++;
    add(joint, bin * MAX_LABELS + truth);
    add(byBin, bin);
    add(byLabel, truth);
  }
  const uncertainty = entropy(byLabel.values(), rows);
  if (uncertainty === 0) return undefined;
  const mutual = uncertainty + entropy(byBin.values(), rows) - entropy(joint.values(), rows);
  return Math.min(1, Math.max(0, mutual / uncertainty));
}

const MAX_LABELS = 2 ** 21;

const add = (counts: Map<number, number>, key: number): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

/** In nats. */
function entropy(counts: Iterable<number>, rows: number): number {
  let sum = 0;
  for (const count of counts) sum -= (count / rows) * Math.log(count / rows);
  return sum;
}

/** Missing values are a bin of their own. */
function binsOf(column: Column): Int32Array {
  if (column.kind === 'text') return column.codes.map((code) => code + 1);
  const sorted = column.values.filter((value) => !Number.isNaN(value)).sort();
  const edges = [
    ...new Set(
      Array.from({ length: BINS - 1 }, (_, i) => quantileOfSorted(sorted, (i + 1) / BINS)),
    ),
  ];
  return Int32Array.from(column.values, (value) => {
    if (Number.isNaN(value)) return 0;
    let bin = 1;
    while (bin <= edges.length && value > (edges[bin - 1] as number)) bin++;
    return bin;
  });
}

/**
 * How much of a numeric label a column alone tells: the size of Spearman's rank correlation over
 * the rows that have both, from 0 to 1.
 * @returns undefined where either is constant
 */
export function toldOfValue(column: NumericColumn, label: Float64Array): number | undefined {
  const rows: number[] = [];
  for (let row = 0; row < label.length; row++) {
    if (!Number.isNaN(label[row]) && !Number.isNaN(column.values[row])) rows.push(row);
  }
  const ranksOf = (values: Float64Array) =>
    midranks(Float64Array.from(rows, (row) => values[row] as number));
  const correlation = pearson(ranksOf(column.values), ranksOf(label));
  return Number.isNaN(correlation) ? undefined : Math.abs(correlation);
}

function pearson(a: Float64Array, b: Float64Array): number {
  const mean = (values: Float64Array) => values.reduce((x, y) => x + y, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [(a[i] as number) - ma, (b[i] as number) - mb];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}
