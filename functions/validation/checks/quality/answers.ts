import { AppError } from '#core/errors.ts';
import type { ClassScores, Scores } from '#core/table/scores.ts';
import type { Table } from '#core/table/table.ts';
import type { Examination } from '../../examination.ts';
import type { Finding } from '../../schema.ts';

/** The champion's answers in the subject's terms; undefined where there is nothing to compare. */
export interface ChampionAnswers<S extends Scores> {
  readonly scores: S | undefined;
  readonly findings: readonly Finding[];
}

/** A champion that cannot answer the rows is a finding: it is not the subject that is examined. */
export async function championAnswers<S extends Scores>(
  champion: Examination['champion'],
  table: Table,
  subject: S,
): Promise<ChampionAnswers<S>> {
  if (!champion) return { scores: undefined, findings: [] };
  try {
    return { scores: inTermsOf(subject, await champion.scorer.score(table)), findings: [] };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const message = `Version ${champion.version}, the champion, cannot be compared on these rows: ${error.message}`;
    return {
      scores: undefined,
      findings: [{ severity: 'warning', code: 'champion-not-comparable', message }],
    };
  }
}

function inTermsOf<S extends Scores>(subject: S, champion: Scores): S {
  if (subject.kind === 'values' && champion.kind === 'values') return champion as S;
  if (subject.kind === 'classes' && champion.kind === 'classes') {
    return reorder(champion, subject) as S;
  }
  throw new AppError('unprocessable', 'one answers with classes, the other with values');
}

/** The same answers with the classes in the subject's order. */
function reorder(champion: ClassScores, { classes }: ClassScores): ClassScores {
  const at = classes.map((name) => champion.classes.indexOf(name));
  if (at.includes(-1) || classes.length !== champion.classes.length) {
    throw new AppError('unprocessable', `its classes are ${champion.classes.join(', ')}`);
  }
  const { probabilities, predicted } = champion;
  const positions = champion.classes.map((name) => classes.indexOf(name));
  const k = classes.length;
  return {
    kind: 'classes',
    classes,
    predicted: predicted.map((label) => positions[label]!),
    probabilities: probabilities?.map((_, i) => probabilities[i - (i % k) + at[i % k]!]!),
  };
}

/** The answers to these rows, in this order. */
export function takeAnswers<S extends Scores>(scores: S, rows: readonly number[]): S {
  if (scores.kind === 'values') {
    return { ...scores, values: Float64Array.from(rows, (row) => scores.values[row]!) };
  }
  const { predicted, probabilities, classes } = scores;
  const k = classes.length;
  const taken = probabilities && new Float64Array(rows.length * k);
  for (const [at, row] of rows.entries()) {
    taken?.set(probabilities!.subarray(row * k, row * k + k), at * k);
  }
  return {
    ...scores,
    predicted: Int32Array.from(rows, (row) => predicted[row]!),
    probabilities: taken,
  };
}
