import { BoostedTrees } from '#core/learn/boosted-trees.ts';
import type { Random } from '#core/random.ts';
import { normalSurvival } from '#core/stats/distributions.ts';
import { midranks } from '#core/stats/midranks.ts';
import type { Column, Table } from '#core/table/table.ts';
import { takeRows } from '#core/table/table.ts';
import type { DriftResult } from './result.ts';
import { verdictOf } from './verdict.ts';

export interface DomainOptions {
  readonly random: Random;
  /** Rows taken of each side. */
  readonly rows?: number | undefined;
  readonly folds?: number | undefined;
  /** Of the ROC AUC; drift below it is of no matter however significant. */
  readonly threshold?: number | undefined;
  /** Of the p-value. */
  readonly significance?: number | undefined;
}

/**
 * Whether a classifier can tell current rows from reference rows (Lopez-Paz and Oquab 2017): ROC AUC
 * of boosted trees on rows held out, 0.5 where nothing differs. Finds what no column shows alone.
 * Drifted where the AUC reaches the threshold (0.55, as Evidently's for embeddings) and is
 * significant: the held-out ranks of each fold are tested by Mann–Whitney, the folds combined as van
 * Elteren's strata (1960), with the variance that folds which learned from one another's rows have
 * (Nadeau and Bengio 2003). Current rows that repeat one another count once where reference rows are
 * distinct: a repeat that was learned from gives away the one that is held out.
 *
 * @param reference,current with the same columns, in the same order
 * @returns undefined where either has too few rows for each fold
 */
export function domainClassifier(
  reference: Table,
  current: Table,
  { random, rows = 5000, folds = 5, threshold = 0.55, significance = 0.05 }: DomainOptions,
): DriftResult | undefined {
  if (Math.min(reference.rows, current.rows) < 10 * folds) return undefined;
  const first = draw(reference, rows, random);
  const second = askedOnce(first, draw(current, rows, random));
  if (second.rows < 10 * folds) return undefined;
  const features = first.columns.map((column, i) => joined(column, second.columns[i] as Column));
  const domain = new Float64Array(first.rows + second.rows).fill(1, first.rows);
  const { auc, pValue } = crossValidate(features, domain, { folds, random });
  const verdict = verdictOf('domain-classifier', { score: auc }, threshold);
  const drifted = verdict.drifted && pValue < significance;
  return { ...verdict, pValue, drifted, effectSize: Math.max(0, 2 * auc - 1) };
}

const draw = (table: Table, rows: number, random: Random): Table =>
  table.rows <= rows ? table : takeRows(table, random.sample(table.rows, rows));

/** Share of reference rows that repeat others, up to which a repeat is the same case asked again. */
const REPEATS = 0.05;

function askedOnce(reference: Table, current: Table): Table {
  if (firstOfEach(reference).length < (1 - REPEATS) * reference.rows) return current;
  const distinct = firstOfEach(current);
  return distinct.length === current.rows ? current : takeRows(current, distinct);
}

/** Of rows that are the same in every column, the first. */
function firstOfEach({ rows, columns }: Table): number[] {
  const texts = columns.map(textsOf);
  const first = new Map<string, number>();
  for (let row = 0; row < rows; row++) {
    const key = JSON.stringify(texts.map((column) => column[row] ?? null));
    if (!first.has(key)) first.set(key, row);
  }
  return [...first.values()];
}

/** Both samples of a column as numbers; texts by how frequent they are in both together. */
function joined(first: Column, second: Column): Float64Array {
  if (first.kind === 'numeric' && second.kind === 'numeric') {
    return Float64Array.from([...first.values, ...second.values]);
  }
  const texts = [...textsOf(first), ...textsOf(second)];
  const counts = new Map<string, number>();
  for (const text of texts) if (text !== undefined) counts.set(text, (counts.get(text) ?? 0) + 1);
  const order = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const codes = new Map(order.map(([text], code) => [text, code]));
  return Float64Array.from(texts, (text) =>
    text === undefined ? NaN : (codes.get(text) as number),
  );
}

const textsOf = (column: Column): (string | undefined)[] =>
  column.kind === 'numeric'
    ? Array.from(column.values, (value) => (Number.isNaN(value) ? undefined : String(value)))
    : Array.from(column.codes, (code) => column.categories[code]);

interface Ranked {
  readonly auc: number;
  readonly pValue: number;
}

function crossValidate(
  features: readonly Float64Array[],
  domain: Float64Array,
  { folds, random }: { folds: number; random: Random },
): Ranked {
  const fold = foldsOf(domain, folds, random);
  let [wins, pairs, excess, variance] = [0, 0, 0, 0];
  for (let held = 0; held < folds; held++) {
    const part = heldOut(features, domain, fold, held);
    wins += part.u;
    pairs += part.n * part.m;
    // Van Elteren's weights make the strata add up with the best power.
    const weight = 1 / (part.n + part.m + 1);
    excess += weight * (part.u - (part.n * part.m) / 2);
    variance += weight ** 2 * part.variance;
  }
  const auc = pairs === 0 ? 0.5 : wins / pairs;
  // Folds tested on 1 ÷ k of the rows and learned on the rest are not independent.
  variance *= 1 + folds / (folds - 1);
  return { auc, pValue: variance === 0 ? 1 : normalSurvival(excess / Math.sqrt(variance)) };
}

/** The fold of each row, as many of both domains in each as go. */
function foldsOf(domain: Float64Array, folds: number, random: Random): Uint8Array {
  const fold = new Uint8Array(domain.length);
  for (const side of [0, 1]) {
    const rows = [...domain.keys()].filter((row) => domain[row] === side);
    for (const [i, row] of random.shuffle(rows).entries()) fold[row] = i % folds;
  }
  return fold;
}

interface Stratum {
  /** Mann–Whitney's U: pairs in which the current row scores higher, ties by half. */
  readonly u: number;
  readonly n: number;
  readonly m: number;
  readonly variance: number;
}

function heldOut(
  features: readonly Float64Array[],
  domain: Float64Array,
  fold: Uint8Array,
  held: number,
): Stratum {
  const take = (isHeld: boolean) => (values: Float64Array) =>
    values.filter((_, row) => (fold[row] === held) === isHeld);
  const model = new BoostedTrees(features.map(take(false)), take(false)(domain), {
    loss: 'logistic',
    rounds: 40,
  });
  return mannWhitney(model.predict(features.map(take(true))), take(true)(domain));
}

/** With the variance for ties (Lehmann 1975). */
function mannWhitney(scores: Float64Array, domain: Float64Array): Stratum {
  const ranks = midranks(scores);
  const all = scores.length;
  let [rankSum, m, squares] = [0, 0, 0];
  for (let row = 0; row < all; row++) {
    squares += (ranks[row] as number) ** 2;
    if (domain[row] === 0) continue;
    rankSum += ranks[row] as number;
    m++;
  }
  const n = all - m;
  const spread = squares / all - ((all + 1) / 2) ** 2;
  const variance = all < 2 ? 0 : (n * m * spread) / (all - 1);
  return { u: rankSum - (m * (m + 1)) / 2, n, m, variance };
}
