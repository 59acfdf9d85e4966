import type { Bins } from './bins.ts';
import {
  addSums,
  type LossKind,
  type LossSums,
  noLosses,
  strength,
  withoutSums,
} from './losses.ts';

/** Some neighbouring bins of one column. */
export interface Run {
  readonly bins: Bins;
  readonly from: number;
  readonly to: number;
}

/** A slice that is worse than the rest by enough to be worth a test. */
export interface Candidate {
  readonly runs: readonly Run[];
  readonly sums: LossSums;
  readonly rest: LossSums;
  readonly gap: number;
  readonly strength: number;
  readonly pValue: number;
}

export interface Search {
  readonly kind: LossKind;
  readonly loss: Float64Array;
  readonly all: LossSums;
  /** Rows that a slice, and what it is compared with, must have. */
  readonly minimum: number;
  /** Tests made, those not worth a candidate included. */
  tests: number;
}

/** Giskard's threshold: a slice at least 5 % worse than the rest. */
const LEAST_GAP = 0.05;

/** Every run of neighbouring bins and every single bin of a column. */
export function singleCandidates(search: Search, bins: Bins): Candidate[] {
  const byBin = sumsByCell(search.loss, bins);
  return runsOf(bins, 1).flatMap((run) => {
    const sums = noLosses();
    for (let bin = run.from; bin <= run.to; bin++) addSums(sums, byBin[bin]!);
    const judged = judge(search, sums, [search.all]);
    return judged ? [{ runs: [run], ...judged }] : [];
  });
}

/**
 * Slices of two columns at once, in coarser runs. Each must be worse than the rest, and than both
 * of the wider slices it is cut from: a shadow of one column's weakness is not a find.
 */
export function pairCandidates(search: Search, a: Bins, b: Bins): Candidate[] {
  const cells = sumsByCell(search.loss, a, b);
  const area = (first: Run, second: Run) => {
    const sums = noLosses();
    for (let i = first.from; i <= first.to; i++) {
      for (let j = second.from; j <= second.to; j++) addSums(sums, cells[i * sideOf(b) + j]!);
    }
    return sums;
  };
  const wholeOf = (bins: Bins): Run => ({ bins, from: 0, to: bins.count });
  const rowsOfA = runsOf(a, COARSE).map((run) => ({ run, sums: area(run, wholeOf(b)) }));
  const rowsOfB = runsOf(b, COARSE).map((run) => ({ run, sums: area(wholeOf(a), run) }));
  return rowsOfA.flatMap((first) =>
    rowsOfB.flatMap((second) => {
      const sums = area(first.run, second.run);
      const judged = judge(search, sums, [search.all, first.sums, second.sums]);
      return judged ? [{ runs: [first.run, second.run], ...judged }] : [];
    }),
  );
}

/** Bins taken together in pairs of columns. */
const COARSE = 2;

/** Runs whose ends lie on every `step`-th bin, but for the one that is the whole column. */
function runsOf(bins: Bins, step: number): Run[] {
  const runs: Run[] = [];
  for (let from = 0; from < bins.ordered; from += step) {
    for (let next = from + step; next < bins.ordered + step; next += step) {
      const to = Math.min(next, bins.ordered) - 1;
      if (to - from < bins.ordered - 1) runs.push({ bins, from, to });
    }
  }
  for (let bin = bins.ordered; bin < bins.count; bin++) runs.push({ bins, from: bin, to: bin });
  return runs;
}

/** @param wholes what the slice is a part of, the whole data first: it must stand out from each */
function judge(
  search: Search,
  sums: LossSums,
  wholes: readonly LossSums[],
): Omit<Candidate, 'runs'> | undefined {
  const rests = wholes.map((whole) => withoutSums(whole, sums));
  const large = ({ rows }: LossSums) => rows >= search.minimum;
  if (!large(sums) || !large(rests[0]!)) return undefined;
  // A wider slice that is hardly more than this one has been looked at itself.
  if (rests.some(({ rows }) => rows < 2)) return undefined;
  search.tests++;
  const gaps = rests.map((rest) => search.kind.gap(sums, rest));
  if (!gaps.every((gap) => gap >= LEAST_GAP)) return undefined;
  const pValues = rests.map((rest) => search.kind.pValue(sums, rest));
  const rest = rests[0]!;
  return {
    sums,
    rest,
    gap: gaps[0]!,
    strength: strength(sums, rest),
    pValue: Math.max(...pValues),
  };
}

/** The last entry takes the rows that are in no bin. */
const sideOf = (bins: Bins) => bins.count + 1;

/** Losses by cell of two columns, row-major; of one column where `b` is left out. */
function sumsByCell(loss: Float64Array, a: Bins, b?: Bins): LossSums[] {
  const side = b ? sideOf(b) : 1;
  const cells = sideOf(a) * side;
  const [rows, losses, squares] = [0, 1, 2].map(() => new Float64Array(cells)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let row = 0; row < loss.length; row++) {
    const first = Math.min(a.codes[row]!, a.count);
    const cell = b ? first * side + Math.min(b.codes[row]!, b.count) : first;
    const value = loss[row]!;
    rows[cell]!++;
    losses[cell]! += value;
    squares[cell]! += value * value;
  }
  return Array.from(rows, (count, cell) => ({
    rows: count,
    loss: losses[cell]!,
    squares: squares[cell]!,
  }));
}
