import type { Figure, Figures } from '#core/figure.ts';
import { countDecisions } from '#core/metrics/class-totals.ts';
import { decisionFigures } from '#core/metrics/decisions.ts';
import { placements, placementVariance } from '#core/metrics/delong.ts';
import type { Random } from '#core/random.ts';
import { normalQuantile } from '#core/stats/normal-quantile.ts';
import type { ClassScores } from '#core/table/scores.ts';

const LEVEL = 0.95;
const BINARY = ['accuracy', 'precision', 'recall', 'specificity', 'f1', 'balanced-accuracy', 'mcc'];
const MULTICLASS = [
  ...['accuracy', 'macro-precision', 'macro-recall', 'macro-f1', 'balanced-accuracy', 'mcc'],
];

/**
 * How right a classifier was on rows whose truth is known, by the names of the quality check. Two
 * classes: of the positive one.
 *
 * @param truth position of the true class by row
 * @param positive position of the positive class
 */
export function classFigures(
  { classes, predicted, probabilities }: ClassScores,
  truth: Int32Array,
  { positive, random }: { positive: number; random: Random },
): Figures {
  const isBinary = classes.length === 2;
  // The positive class counts as 1.
  const turn = (code: number) => (isBinary && positive === 0 ? 1 - code : code);
  const cells = countDecisions(truth.map(turn), [predicted.map(turn)], classes.length);
  const { figures } = decisionFigures(random, cells, isBinary ? 'binary' : 'multiclass');
  const named = (isBinary ? BINARY : MULTICLASS).map((name) => [name, figures[name] as Figure]);
  if (!isBinary || !probabilities) return Object.fromEntries(named);
  const scores = Float64Array.from(truth, (_, row) => probabilities[2 * row + positive] as number);
  const area = areaFigure(
    scores,
    Uint8Array.from(truth, (code) => turn(code)),
  );
  return { ...Object.fromEntries(named), 'roc-auc': area };
}

/** With DeLong's interval; null unless there are two rows of each class. */
function areaFigure(scores: Float64Array, positive: Uint8Array): Figure {
  const n = positive.length;
  const positives = positive.reduce((sum, one) => sum + one, 0);
  if (Math.min(positives, n - positives) < 2) return { value: null, n };
  const { auc, byRow } = placements(scores, positive);
  const half = reach(placementVariance(byRow, positive));
  const interval = { lower: Math.max(0, auc - half), upper: Math.min(1, auc + half), level: LEVEL };
  return { value: auc, interval, n };
}

const reach = (variance: number): number =>
  normalQuantile((1 + LEVEL) / 2) * Math.sqrt(Math.max(0, variance));

/** Errors of a regression with the normal intervals of their means; null for fewer than two rows. */
export function valueFigures(truth: Float64Array, predicted: Float64Array): Figures {
  const residuals = predicted.map((value, row) => value - (truth[row] as number));
  const absolute = meanFigure(residuals.map(Math.abs));
  const squared = meanFigure(residuals.map((residual) => residual * residual));
  return {
    mae: notNegative(absolute),
    rmse: rootOf(notNegative(squared)),
    bias: meanFigure(residuals),
  };
}

function meanFigure(values: Float64Array): Figure {
  const n = values.length;
  if (n < 2) return { value: null, n };
  const value = values.reduce((sum, one) => sum + one, 0) / n;
  const squares = values.reduce((sum, one) => sum + (one - value) ** 2, 0);
  const half = reach(squares / (n - 1) / n);
  return { value, interval: { lower: value - half, upper: value + half, level: LEVEL }, n };
}

const mapFigure = ({ value, interval, n }: Figure, map: (value: number) => number): Figure => ({
  value: value === null ? null : map(value),
  ...(interval && {
    interval: { ...interval, lower: map(interval.lower), upper: map(interval.upper) },
  }),
  n,
});
const notNegative = (figure: Figure) => mapFigure(figure, (value) => Math.max(0, value));
const rootOf = (figure: Figure) => mapFigure(figure, Math.sqrt);

const ERRORS: ReadonlySet<string> = new Set(['mae', 'rmse', 'mse']);

/**
 * How much is lost against what was measured before: points of a share, or the growth of an error
 * as a share of it. The smallest loss that the intervals of both allow, so that chance alone is no
 * loss (MOVER: Zou and Donner 2008; of logarithms where errors are divided).
 *
 * @returns undefined where either is, and for what has no better side, such as a bias
 */
export function certainLoss(
  name: string,
  { value, interval }: Figure,
  baseline: Figure | undefined,
): number | undefined {
  const before = baseline?.value ?? null;
  if (value === null || before === null || name === 'bias') return undefined;
  const { lower, upper } = interval ?? { lower: value, upper: value };
  const known = baseline?.interval ?? { lower: before, upper: before };
  if (!ERRORS.has(name)) {
    return Math.max(0, before - value - Math.hypot(before - known.lower, upper - value));
  }
  if (before <= 0) return undefined;
  if (lower <= 0) return 0;
  const reach = Math.hypot(Math.log(value / lower), Math.log(known.upper / before));
  return Math.max(0, (value / before) * Math.exp(-reach) - 1);
}
