import type { Figure } from '#core/figure.ts';
import type { Random } from '#core/random.ts';
import { benjaminiHochberg } from '#core/stats/benjamini-hochberg.ts';
import type { Column } from '#core/table/table.ts';
import { type Bins, binColumn } from './bins.ts';
import {
  type Candidate,
  pairCandidates,
  type Run,
  type Search,
  singleCandidates,
} from './candidates.ts';
import { type LossKind, noLosses } from './losses.ts';

export interface WeakSlice {
  /** In words, such as `age in [18, 25)` or `job = "nurse" and age < 30`. */
  readonly slice: string;
  readonly rows: number;
  readonly metric: string;
  readonly value: Figure;
  /** The metric on all other rows. */
  readonly rest: number;
  /** Corrected for all slices looked at (Benjamini and Hochberg). */
  readonly pValue: number;
}

/** Of the slices called weak, at most a tenth is so by chance. */
const FALSE_DISCOVERY_RATE = 0.1;
/** A slice has at least 5 % of the rows and 20 of them, as Giskard's. */
const LEAST_SHARE = 0.05;
const LEAST_ROWS = 20;
/** Columns, weakest first, whose pairs are looked at. */
const PAIRED_COLUMNS = 6;
const MOST_SLICES = 20;

/**
 * Finds where a model is significantly worse than on the rest of the rows: ranges of numbers,
 * categories, missing values, and pairs of these among the weakest columns. Worst first.
 *
 * One pass over the rows for each column and each of at most 15 pairs.
 *
 * @param loss by row, as `kind` means it
 */
export function findWeakSlices(
  columns: readonly Column[],
  { loss, kind, random }: { loss: Float64Array; kind: LossKind; random: Random },
): WeakSlice[] {
  const search = startSearch(loss, kind);
  const binned = columns.map((column) => binColumn(column, search.minimum, random));
  const singles = binned.map((bins) => singleCandidates(search, bins));
  const candidates = singles.flat();
  for (const [a, b] of pairsOf(weakest(binned, singles))) {
    candidates.push(...pairCandidates(search, a, b));
  }
  return select(candidates, search).map(([candidate, pValue]) => describe(candidate, pValue, kind));
}

function startSearch(loss: Float64Array, kind: LossKind): Search {
  const all = noLosses();
  for (const value of loss) {
    all.loss += value;
    all.squares += value * value;
  }
  all.rows = loss.length;
  const minimum = Math.max(LEAST_ROWS, Math.ceil(LEAST_SHARE * all.rows));
  return { kind, loss, all, minimum, tests: 0 };
}

function weakest(binned: readonly Bins[], singles: readonly Candidate[][]): Bins[] {
  const strongest = singles.map((own) =>
    own.reduce((most, { strength: s }) => Math.max(most, s), 0),
  );
  return binned
    .map((bins, i) => ({ bins, strongest: strongest[i]! }))
    .sort((a, b) => b.strongest - a.strongest)
    .slice(0, PAIRED_COLUMNS)
    .map(({ bins }) => bins);
}

const pairsOf = <T>(items: readonly T[]): [T, T][] =>
  items.flatMap((a, i) => items.slice(i + 1).map((b): [T, T] => [a, b]));

/** The significant candidates, without those that overlap a clearer one of the same columns. */
function select(candidates: readonly Candidate[], search: Search): [Candidate, number][] {
  const corrected = benjaminiHochberg(
    candidates.map(({ pValue }) => pValue),
    search.tests,
  );
  const significant = candidates
    .map((candidate, i): [Candidate, number] => [candidate, corrected[i]!])
    .filter(([, pValue]) => pValue <= FALSE_DISCOVERY_RATE)
    .sort(([a], [b]) => b.strength - a.strength);
  const chosen: [Candidate, number][] = [];
  for (const entry of significant) {
    if (!chosen.some(([other]) => overlap(entry[0].runs, other.runs))) chosen.push(entry);
  }
  return chosen.sort(([a], [b]) => b.gap - a.gap).slice(0, MOST_SLICES);
}

const overlap = (a: readonly Run[], b: readonly Run[]): boolean =>
  a.length === b.length &&
  a.every((run, i) => {
    const other = b[i]!;
    return run.bins === other.bins && run.from <= other.to && other.from <= run.to;
  });

const describe = ({ runs, sums, rest }: Candidate, pValue: number, kind: LossKind): WeakSlice => ({
  slice: runs.map(({ bins, from, to }) => bins.describe(from, to)).join(' and '),
  rows: sums.rows,
  metric: kind.metric,
  value: kind.figure(sums),
  rest: kind.value(rest),
  pValue,
});
