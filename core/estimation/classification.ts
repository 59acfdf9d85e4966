import { AppError } from '#core/errors.ts';
import type { Figure, Figures } from '#core/figure.ts';
import type { Random } from '#core/random.ts';
import { quantileOfSorted } from '#core/stats/bootstrap.ts';
import type { ClassScores } from '#core/table/scores.ts';
import { fitCalibration } from './calibration.ts';
import {
  classMetrics,
  METRICS,
  type MetricName,
  type OneVersusRest,
  oneVersusRest,
} from './expected-metrics.ts';
import { applyIsotonic, type Isotonic } from './isotonic.ts';

/** What is kept of the reference: plain JSON. */
export interface Calibrations {
  readonly classes: readonly string[];
  /** Two classes: the one that metrics are of. */
  readonly positive: number;
  /** By class; null where scores are probabilities already. */
  readonly maps: readonly (Isotonic | null)[];
}

/**
 * Learns from labelled reference predictions how scores become probabilities.
 *
 * @param labels position of the true class by row
 * @throws AppError `invalid` where the model gives no probabilities
 */
export function fitCalibrations(
  scores: ClassScores,
  labels: Int32Array,
  { random, positive = 1 }: { random: Random; positive?: number },
): Calibrations {
  const maps = scores.classes.map((_, at) => {
    if (scores.classes.length === 2 && at !== positive) return null;
    const isClass = Float64Array.from(labels, (label) => (label === at ? 1 : 0));
    return fitCalibration(columnOf(scores, at), isClass, random);
  });
  return { classes: scores.classes, positive, maps };
}

function columnOf({ probabilities, classes, predicted }: ClassScores, at: number): Float64Array {
  if (!probabilities) {
    throw new AppError('invalid', 'performance can be estimated of models that give probabilities');
  }
  return Float64Array.from(
    predicted,
    (_, row) => probabilities[row * classes.length + at] as number,
  );
}

export interface EstimateOptions {
  readonly random: Random;
  readonly level?: number;
  readonly draws?: number;
}

/**
 * Performance of predictions without labels (confidence-based performance estimation, as NannyML):
 * calibrated probabilities stand for the truth in the counts of each metric. Two classes: of the
 * positive one; more: the mean over classes, accuracy apart. The interval is where the metric itself
 * would lie with this probability if labels were drawn from the calibrated probabilities; it does not
 * cover a relation of inputs and labels that has changed (concept drift).
 */
export function estimateClassification(
  calibrations: Calibrations,
  scores: ClassScores,
  { random, level = 0.95, draws = 200 }: EstimateOptions,
): Figures {
  const raw = scores.classes.map((_, at) => columnOf(scores, at));
  const truths = calibrated(calibrations, raw);
  const classes = raw.map((column, at) =>
    oneVersusRest(
      column,
      Uint8Array.from(scores.predicted, (p) => (p === at ? 1 : 0)),
    ),
  );
  const measured = scores.classes.length === 2 ? [calibrations.positive] : raw.map((_, at) => at);
  const measure = (of: readonly Float64Array[]) =>
    metricsOf(of, classes, measured, scores.predicted);
  const estimate = measure(truths);
  const drawn: Record<MetricName, number[]> = emptyDraws();
  for (let draw = 0; draw < draws; draw++) {
    const values = measure(drawTruths(truths, random));
    for (const name of METRICS) drawn[name].push(values[name]);
  }
  const n = scores.predicted.length;
  return Object.fromEntries(
    METRICS.map((name) => [name, figureOf(estimate[name], drawn[name], { level, n })]),
  );
}

const emptyDraws = (): Record<MetricName, number[]> => ({
  accuracy: [],
  precision: [],
  recall: [],
  f1: [],
  rocAuc: [],
});

/** By class; over all classes they add up to 1 in every row. */
function calibrated(
  { maps, positive }: Calibrations,
  raw: readonly Float64Array[],
): Float64Array[] {
  const mapped = raw.map((column, at) => {
    const map = maps[at];
    return map ? applyIsotonic(map, column) : column.slice();
  });
  if (raw.length === 2) {
    const own = mapped[positive] as Float64Array;
    const other = own.map((p) => 1 - p);
    return positive === 1 ? [other, own] : [own, other];
  }
  for (let row = 0; row < (raw[0]?.length ?? 0); row++) {
    const total = mapped.reduce((sum, column) => sum + (column[row] as number), 0);
    for (const column of mapped) {
      column[row] = total === 0 ? 1 / mapped.length : (column[row] as number) / total;
    }
  }
  return mapped;
}

function metricsOf(
  truths: readonly Float64Array[],
  classes: readonly OneVersusRest[],
  measured: readonly number[],
  predicted: Int32Array,
): Record<MetricName, number> {
  let right = 0;
  for (let row = 0; row < predicted.length; row++) {
    right += truths[predicted[row] as number]?.[row] as number;
  }
  const parts = measured.map((at) =>
    classMetrics(classes[at] as OneVersusRest, truths[at] as Float64Array),
  );
  const mean = (name: Exclude<MetricName, 'accuracy'>) =>
    parts.reduce((sum, part) => sum + part[name], 0) / parts.length;
  return {
    accuracy: right / predicted.length,
    precision: mean('precision'),
    recall: mean('recall'),
    f1: mean('f1'),
    rocAuc: mean('rocAuc'),
  };
}

/** One class for each row, by its probabilities. */
function drawTruths(truths: readonly Float64Array[], random: Random): Float64Array[] {
  const rows = truths[0]?.length ?? 0;
  const drawn = truths.map(() => new Float64Array(rows));
  for (let row = 0; row < rows; row++) {
    let left = random.uniform();
    let at = 0;
    while (at < truths.length - 1 && left >= (truths[at]?.[row] as number)) {
      left -= truths[at]?.[row] as number;
      at++;
    }
    (drawn[at] as Float64Array)[row] = 1;
  }
  return drawn;
}

function figureOf(
  value: number,
  draws: readonly number[],
  { level, n }: { level: number; n: number },
): Figure {
  if (!Number.isFinite(value)) return { value: null, n };
  const sorted = Float64Array.from(draws.filter(Number.isFinite)).sort();
  if (sorted.length < draws.length / 2) return { value, n };
  const lower = Math.min(value, quantileOfSorted(sorted, (1 - level) / 2));
  const upper = Math.max(value, quantileOfSorted(sorted, (1 + level) / 2));
  return { value, interval: { lower, upper, level }, n };
}
