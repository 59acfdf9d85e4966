import { AppError } from '#core/errors.ts';
import { confusionMatrix, countDecisions } from '#core/metrics/class-totals.ts';
import { precisionRecallCurve, rocCurve } from '#core/metrics/curves.ts';
import { decisionFigures } from '#core/metrics/decisions.ts';
import { delong } from '#core/metrics/delong.ts';
import { calibrationCurve, combine, forecastStatistic } from '#core/metrics/probabilities.ts';
import { type Ranking, rankingStatistic, rankRows } from '#core/metrics/ranking.ts';
import type { Random } from '#core/random.ts';
import { bootstrapCompared, type Compared, rowResampling } from '#core/stats/bootstrap.ts';
import type { ClassScores } from '#core/table/scores.ts';
import type { Finding } from '../../schema.ts';
import { compareDecisions, hits, lossOf } from './decisions.ts';
import { type Measured, undefinedFigures, withRows } from './measured.ts';
import { type Soundness, soundness } from './probabilities.ts';

interface Binary {
  readonly truth: Int32Array;
  readonly subject: ClassScores;
  readonly champion: ClassScores | undefined;
  readonly positive: string | undefined;
  readonly threshold: number;
  readonly random: Random;
}

/** A model's answers turned to the positive class. */
interface Answers {
  readonly scores: Float64Array | undefined;
  /** 1 where the row counts as positive. */
  readonly decided: Int32Array;
  readonly sound: Soundness;
}

const RANKING = ['roc-auc', 'pr-auc'];
const FORECAST = ['log-loss', 'brier', 'expected-calibration-error'];

/** @throws AppError `unprocessable` unless the model has two classes, `positive` among them */
export function measureBinary(input: Binary): Measured {
  const { truth, subject, champion, threshold, random } = input;
  const { name, at } = positiveClass(subject.classes, input.positive);
  const positive = Uint8Array.from(truth, (label) => (label === at ? 1 : 0));
  const own = answersOf(subject, at, threshold);
  const other = champion && answersOf(champion, at, threshold);

  const labels = Int32Array.from(positive);
  const decided = other ? [own.decided, other.decided] : [own.decided];
  const cells = countDecisions(labels, decided, 2);
  const decisions = decisionFigures(random, cells, 'binary');
  const scores = compareScores({ own, other, positive, random });
  const bothClasses = positive.includes(0) && positive.includes(1);
  const comparison = other && {
    ...compareDecisions(hits(labels, own.decided), hits(labels, other.decided)),
    differences: { ...decisions.differences, ...withRows(scores.differences, truth.length) },
    ...(bothClasses && testRanking(own, other, positive)),
  };
  return {
    evidence: {
      task: 'binary',
      rows: truth.length,
      metrics: {
        ...decisions.figures,
        ...undefinedFigures([...RANKING, ...FORECAST], truth.length),
        ...withRows(scores.figures, truth.length),
      },
      positive: name,
      threshold,
      confusion: {
        labels: at === 1 ? [...subject.classes] : [...subject.classes].reverse(),
        counts: confusionMatrix(cells, 0),
      },
      ...(own.scores &&
        own.sound.probabilities && {
          calibration: calibrationCurve({ probability: own.scores, came: positive }),
        }),
      ...(scores.ranking &&
        bothClasses && {
          roc: rocCurve(scores.ranking),
          precisionRecall: precisionRecallCurve(scores.ranking),
        }),
    },
    comparison,
    findings: [...own.sound.findings, ...(bothClasses ? [] : [oneClass(positive, subject, at)])],
    ...lossOf(labels, own.decided),
  };
}

function positiveClass(classes: readonly string[], asked: string | undefined) {
  if (classes.length !== 2) {
    throw new AppError(
      'unprocessable',
      `a binary task needs a model with two classes; this one has ${classes.length}: set task to "multiclass"`,
    );
  }
  const at = asked === undefined ? 1 : classes.indexOf(asked);
  if (at >= 0) return { name: classes[at]!, at };
  throw new AppError(
    'unprocessable',
    `positive class ${JSON.stringify(asked)} is not one of the model's classes: ${classes.map((name) => JSON.stringify(name)).join(', ')}`,
  );
}

function answersOf(model: ClassScores, at: number, threshold: number): Answers {
  const { probabilities, predicted } = model;
  const sound = soundness(model);
  if (!probabilities) {
    const decided = predicted.map((label) => (label === at ? 1 : 0));
    return { scores: undefined, decided, sound };
  }
  const scores = Float64Array.from(
    { length: predicted.length },
    (_, row) => probabilities[2 * row + at]!,
  );
  return { scores, decided: Int32Array.from(scores, (p) => (p >= threshold ? 1 : 0)), sound };
}

interface ScoreInput {
  readonly own: Answers;
  readonly other: Answers | undefined;
  readonly positive: Uint8Array;
  readonly random: Random;
}

/** Figures that need scores, with the champion's difference where its scores are as sound. */
function compareScores(
  input: ScoreInput,
): Partial<Compared> & Pick<Compared, 'figures' | 'differences'> & { ranking?: Ranking } {
  const { own, other, positive, random } = input;
  if (!own.scores || !own.sound.ranks) return { figures: {}, differences: {} };
  const ranking = rankRows(own.scores, positive);
  const statistic = (scores: Float64Array, ranked: Ranking) =>
    own.sound.probabilities
      ? combine(
          rankingStatistic(ranked),
          forecastStatistic({ probability: scores, came: positive }),
        )
      : rankingStatistic(ranked);
  const comparable =
    other?.scores && other.sound.ranks && other.sound.probabilities === own.sound.probabilities;
  const compared = bootstrapCompared(random, rowResampling(positive.length), {
    subject: statistic(own.scores, ranking),
    other: comparable
      ? statistic(other.scores as Float64Array, rankRows(other.scores as Float64Array, positive))
      : undefined,
  });
  return { ...compared, ranking };
}

/** DeLong's test needs scores of both models and two rows of each class. */
function testRanking(own: Answers, other: Answers, positive: Uint8Array) {
  const positives = positive.reduce((a, b) => a + b, 0);
  if (Math.min(positives, positive.length - positives) < 2) return {};
  if (!own.scores || !other.scores || !own.sound.ranks || !other.sound.ranks) return {};
  const { z, pValue } = delong(own.scores, other.scores, positive);
  return { rankingTest: { name: 'DeLong', statistic: z, pValue } };
}

function oneClass(positive: Uint8Array, { classes }: ClassScores, at: number): Finding {
  const only = JSON.stringify(classes[positive[0] === 1 ? at : 1 - at]);
  const message = `Every label is ${only}: what tells the classes apart (ROC AUC …) is undefined.`;
  return { severity: 'warning', code: 'one-class', message };
}
