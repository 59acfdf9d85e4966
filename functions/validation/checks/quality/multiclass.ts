import type { Figures } from '#core/figure.ts';
import { confusionMatrix, countDecisions } from '#core/metrics/class-totals.ts';
import { decisionFigures, perClassFigures, proportionFigure } from '#core/metrics/decisions.ts';
import {
  type ClassProbabilities,
  confidence,
  logLosses,
  type OneVersusRest,
  oneVersusRest,
  topHits,
} from '#core/metrics/multiclass.ts';
import {
  calibrationCurve,
  calibrationStatistic,
  combine,
  meanStatistic,
} from '#core/metrics/probabilities.ts';
import type { Random } from '#core/random.ts';
import { bootstrapCompared, rowResampling } from '#core/stats/bootstrap.ts';
import type { ClassScores } from '#core/table/scores.ts';
import { compareDecisions, hits, lossOf } from './decisions.ts';
import { type Measured, undefinedFigures, withRows } from './measured.ts';
import { soundness } from './probabilities.ts';

interface Multiclass {
  readonly truth: Int32Array;
  readonly subject: ClassScores;
  readonly champion: ClassScores | undefined;
  readonly random: Random;
}

/** The true class among so many likeliest, measured where there are more classes than that. */
const TOP = 5;

export function measureMulticlass({ truth, subject, champion, random }: Multiclass): Measured {
  const { classes } = subject;
  const predictions = [subject, ...(champion ? [champion] : [])].map(({ predicted }) => predicted);
  const cells = countDecisions(truth, predictions, classes.length);
  const decisions = decisionFigures(random, cells, 'multiclass');
  const scores = compareProbabilities({ truth, subject, champion, random });
  const areas = scores.areas?.byClass;
  const perClass = perClassFigures(random, cells).map((metrics, i) => ({
    label: classes[i]!,
    metrics: { ...metrics, ...(areas && { 'roc-auc': areas[i]! }) },
  }));
  return {
    evidence: {
      task: 'multiclass',
      rows: truth.length,
      metrics: { ...decisions.figures, ...scores.figures },
      confusion: { labels: [...classes], counts: confusionMatrix(cells, 0) },
      perClass,
      ...(scores.calibration && { calibration: scores.calibration }),
    },
    comparison: champion && {
      ...compareDecisions(hits(truth, subject.predicted), hits(truth, champion.predicted)),
      differences: { ...decisions.differences, ...scores.differences },
    },
    findings: soundness(subject).findings,
    ...lossOf(truth, subject.predicted),
  };
}

interface ProbabilityFigures {
  readonly figures: Figures;
  readonly differences: Figures;
  readonly areas?: OneVersusRest;
  readonly calibration?: ReturnType<typeof calibrationCurve>;
}

function compareProbabilities(input: Multiclass): ProbabilityFigures {
  const { truth, subject, champion, random } = input;
  const rows = truth.length;
  const sound = soundness(subject);
  const names = ['log-loss', 'expected-calibration-error', 'macro-roc-auc'];
  if (subject.classes.length > TOP) names.push(`top-${TOP}-accuracy`);
  const own = probabilitiesOf(subject, truth);
  if (!own || !sound.ranks) return { figures: undefinedFigures(names, rows), differences: {} };
  const areas = oneVersusRest(own);
  const ranked: Figures = {
    'macro-roc-auc': areas.macro,
    ...(subject.classes.length > TOP && {
      [`top-${TOP}-accuracy`]: proportionFigure(topHits(own, TOP), rows),
    }),
  };
  if (!sound.probabilities) {
    return { figures: { ...undefinedFigures(names, rows), ...ranked }, differences: {}, areas };
  }
  const other =
    champion && soundness(champion).probabilities ? probabilitiesOf(champion, truth) : undefined;
  const { figures, differences } = bootstrapCompared(random, rowResampling(rows), {
    subject: forecastOf(own),
    other: other && forecastOf(other),
  });
  return {
    figures: { ...ranked, ...withRows(figures, rows) },
    differences: withRows(differences, rows),
    areas,
    calibration: calibrationCurve(confidence(own)),
  };
}

const probabilitiesOf = (
  { classes, probabilities }: ClassScores,
  truth: Int32Array,
): ClassProbabilities | undefined =>
  probabilities && { classes: classes.length, probabilities, truth };

const forecastOf = (data: ClassProbabilities) =>
  combine(meanStatistic('log-loss', logLosses(data)), calibrationStatistic(confidence(data)));
