import * as z from 'zod';
import type { Random } from '#core/random.ts';
import type { Scores } from '#core/table/scores.ts';
import { type Column, isMissing, type Table, takeRows } from '#core/table/table.ts';

/** Rows that a model has answered and whose truth is known. */
export interface ScoredRows {
  /** Under the names of the model's features. */
  readonly features: Table;
  readonly scores: Scores;
  /** Position of the true class, or the true value, by row. */
  readonly truth: Int32Array | Float64Array;
}

const Numbers = z.array(z.number());

/** What is kept of them as JSON. */
export const ScoredRowsJson = z.object({
  rows: z.int().nonnegative(),
  features: z.array(
    z.discriminatedUnion('kind', [
      z.object({
        name: z.string(),
        kind: z.literal('numeric'),
        values: z.array(z.number().nullable()),
      }),
      z.object({
        name: z.string(),
        kind: z.literal('text'),
        codes: z.array(z.int()).describe('-1 where missing'),
        categories: z.array(z.string()),
      }),
    ]),
  ),
  scores: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('values'), values: Numbers }),
    z.object({
      kind: z.literal('classes'),
      classes: z.array(z.string()),
      predicted: z.array(z.int()),
      probabilities: Numbers.optional().describe('Rows × classes'),
    }),
  ]),
  truth: Numbers,
});

type ScoredRowsJson = z.infer<typeof ScoredRowsJson>;

/** So many rows at most, by chance, in their order; none with an answer that is not finite. */
export function sampleScoredRows(scored: ScoredRows, most: number, random: Random): ScoredRows {
  const { features, truth } = scored;
  const usable = Array.from(truth.keys()).filter((row) => isUsable(scored, row));
  const chosen =
    usable.length <= most
      ? usable
      : Array.from(random.sample(usable.length, most).sort(), (at) => usable[at] as number);
  return {
    features: takeRows(features, chosen),
    scores: takeScores(scored.scores, chosen),
    truth: Float64Array.from(chosen, (row) => truth[row] as number),
  };
}

function isUsable({ scores, truth }: ScoredRows, row: number): boolean {
  if (!Number.isFinite(truth[row])) return false;
  if (scores.kind === 'values') return Number.isFinite(scores.values[row]);
  const { probabilities, classes } = scores;
  if (!probabilities) return true;
  return probabilities
    .subarray(row * classes.length, (row + 1) * classes.length)
    .every(Number.isFinite);
}

/** The answers to these rows, in this order. */
export function takeScores<S extends Scores>(scores: S, rows: ArrayLike<number>): S {
  if (scores.kind === 'values') {
    return { ...scores, values: Float64Array.from(rows, (row) => scores.values[row] as number) };
  }
  const { predicted, probabilities, classes } = scores;
  const k = classes.length;
  const taken = probabilities && new Float64Array(rows.length * k);
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as number;
    taken?.set((probabilities as Float64Array).subarray(row * k, row * k + k), at * k);
  }
  return {
    ...scores,
    predicted: Int32Array.from(rows, (row) => predicted[row] as number),
    probabilities: taken,
  };
}

export function scoredRowsToJson({ features, scores, truth }: ScoredRows): ScoredRowsJson {
  return {
    rows: features.rows,
    features: features.columns.map(columnToJson),
    scores:
      scores.kind === 'values'
        ? { kind: 'values', values: [...scores.values] }
        : {
            kind: 'classes',
            classes: [...scores.classes],
            predicted: [...scores.predicted],
            ...(scores.probabilities && { probabilities: [...scores.probabilities] }),
          },
    truth: [...truth],
  };
}

function columnToJson(column: Column): ScoredRowsJson['features'][number] {
  const { name } = column;
  if (column.kind === 'numeric') {
    const values = Array.from(column.values, (value) => (Number.isFinite(value) ? value : null));
    return { name, kind: 'numeric', values };
  }
  // A sample need not hold every category.
  const codes = new Map<number, number>();
  const own = Array.from(column.codes, (code, row) => {
    if (isMissing(column, row)) return -1;
    if (!codes.has(code)) codes.set(code, codes.size);
    return codes.get(code) as number;
  });
  const categories = [...codes.keys()].map((code) => column.categories[code] as string);
  return { name, kind: 'text', codes: own, categories };
}

export function scoredRowsFromJson({ rows, features, scores, truth }: ScoredRowsJson): ScoredRows {
  const columns = features.map((column): Column => {
    if (column.kind === 'text') return { ...column, codes: Int32Array.from(column.codes) };
    const values = Float64Array.from(column.values, (value) => value ?? Number.NaN);
    return { ...column, values };
  });
  return {
    features: { rows, columns },
    scores:
      scores.kind === 'values'
        ? { kind: 'values', values: Float64Array.from(scores.values) }
        : {
            kind: 'classes',
            classes: scores.classes,
            predicted: Int32Array.from(scores.predicted),
            probabilities: scores.probabilities && Float64Array.from(scores.probabilities),
          },
    truth: Float64Array.from(truth),
  };
}
