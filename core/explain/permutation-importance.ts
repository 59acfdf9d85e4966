import type { Figure } from '#core/figure.ts';
import type { Random } from '#core/random.ts';
import { studentQuantile } from '#core/stats/student-quantile.ts';
import { type Column, type Table, takeRows } from '#core/table/table.ts';

export interface Importance {
  readonly feature: string;
  /** How much of the score is lost, with its interval over the repeats. */
  readonly importance: Figure;
}

export interface Importances {
  readonly baseline: number;
  readonly repeats: number;
  /** The most important first. */
  readonly importances: readonly Importance[];
  /** Kendall's W of the ranks in each repeat: 1 where all repeats agree, near 0 where none do. */
  readonly stability: Figure;
}

/**
 * What a score loses when a feature's values are shuffled among the rows (Breiman, Random Forests,
 * 2001; as scikit-learn's `permutation_importance`). Correlated features share their importance:
 * each can stand in for the other.
 *
 * @param measure the score of a table, more is better; called once and then features × repeats times
 */
export async function permutationImportance(
  table: Table,
  features: readonly string[],
  options: { measure: (table: Table) => Promise<number>; repeats: number; random: Random },
): Promise<Importances> {
  const { measure, repeats, random } = options;
  const baseline = await measure(table);
  const losses: number[][] = features.map(() => []);
  for (let repeat = 0; repeat < repeats; repeat++) {
    const order = random.shuffle(Int32Array.from({ length: table.rows }, (_, row) => row));
    for (const [i, feature] of features.entries()) {
      losses[i]?.push(baseline - (await measure(withShuffled(table, feature, order))));
    }
  }
  const importances = features.map((feature, i) => ({
    feature,
    importance: meanFigure(losses[i] as number[]),
  }));
  const stability = { value: kendallsW(losses), n: repeats };
  importances.sort((a, b) => (b.importance.value ?? 0) - (a.importance.value ?? 0));
  return { baseline, repeats, importances, stability };
}

function withShuffled(table: Table, feature: string, order: Int32Array): Table {
  const shuffle = (column: Column): Column =>
    column.name === feature
      ? (takeRows({ rows: table.rows, columns: [column] }, order).columns[0] as Column)
      : column;
  return { rows: table.rows, columns: table.columns.map(shuffle) };
}

/** Mean of independent repeats, with Student's interval for it. */
function meanFigure(values: readonly number[], level = 0.95): Figure {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  if (n < 2) return { value: mean, n };
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1);
  const half = studentQuantile((1 + level) / 2, n - 1) * Math.sqrt(variance / n);
  return { value: mean, n, interval: { lower: mean - half, upper: mean + half, level } };
}

/**
 * Kendall's coefficient of concordance with the correction for ties (Kendall and Babington Smith
 * 1939): how far the repeats rank the features alike. Null for fewer than two features or repeats,
 * and where every repeat ties all of them.
 *
 * @param values by feature, then by repeat
 */
export function kendallsW(values: readonly (readonly number[])[]): number | null {
  const n = values.length;
  const m = values[0]?.length ?? 0;
  if (n < 2 || m < 2) return null;
  const totals = new Float64Array(n);
  let ties = 0;
  for (let repeat = 0; repeat < m; repeat++) {
    const column = values.map((v) => v[repeat] as number);
    const ranked = midranks(column);
    for (let i = 0; i < n; i++) (totals[i] as number) += ranked.ranks[i] as number;
    ties += ranked.ties;
  }
  const mean = (m * (n + 1)) / 2;
  const spread = totals.reduce((sum, total) => sum + (total - mean) ** 2, 0);
  const most = (m * m * (n ** 3 - n)) / 12 - (m * ties) / 12;
  return most === 0 ? null : spread / most;
}

/** Ranks from 1, equal values sharing the mean of theirs; `ties` is Σ(t³ − t) over them. */
function midranks(values: readonly number[]): { ranks: Float64Array; ties: number } {
  const order = values
    .map((_, i) => i)
    .sort((a, b) => (values[a] as number) - (values[b] as number));
  const ranks = new Float64Array(values.length);
  let ties = 0;
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end] as number] === values[order[start] as number])
      end++;
    for (let at = start; at < end; at++) ranks[order[at] as number] = (start + 1 + end) / 2;
    ties += (end - start) ** 3 - (end - start);
    start = end;
  }
  return { ranks, ties };
}
