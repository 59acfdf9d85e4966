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
