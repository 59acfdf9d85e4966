import type { Figure } from '#core/figure.ts';
import { normalQuantile } from '#core/stats/normal-quantile.ts';
import { placements } from './delong.ts';
import type { Forecast } from './probabilities.ts';
import { logLossOf } from './probabilities.ts';

/** Probabilities by row and class, row-major, and the true class by row. */
export interface ClassProbabilities {
  readonly classes: number;
  readonly probabilities: Float64Array;
  readonly truth: Int32Array;
}

/** −ln of the probability of the true class, by row. */
export function logLosses({ classes, probabilities, truth }: ClassProbabilities): Float64Array {
  return Float64Array.from(truth, (label, row) => logLossOf(probabilities[row * classes + label]!));
}

/** The probability of the likeliest class and whether it is the true one, by row. */
export function confidence({ classes, probabilities, truth }: ClassProbabilities): Forecast {
  const probability = new Float64Array(truth.length);
  const came = new Uint8Array(truth.length);
  for (let row = 0; row < truth.length; row++) {
    let best = 0;
    for (let i = 1; i < classes; i++) {
      if (probabilities[row * classes + i]! > probabilities[row * classes + best]!) best = i;
    }
    probability[row] = probabilities[row * classes + best]!;
    came[row] = best === truth[row] ? 1 : 0;
  }
  return { probability, came };
}

/** Rows whose true class is among the k likeliest; of equal ones the later, as scikit-learn. */
export function topHits({ classes, probabilities, truth }: ClassProbabilities, k: number): number {
  let hits = 0;
  for (let row = 0; row < truth.length; row++) {
    const label = truth[row]!;
    const own = probabilities[row * classes + label]!;
    let ahead = 0;
    for (let i = 0; i < classes; i++) {
      const other = probabilities[row * classes + i]!;
      if (other > own || (other === own && i > label)) ahead++;
    }
    if (ahead < k) hits++;
  }
  return hits;
}

export interface OneVersusRest {
  /** Mean of the classes' areas; null unless every class and another occurs. */
  readonly macro: Figure;
  /** By class; null where it does not occur or nothing else does. */
  readonly byClass: readonly Figure[];
}

/**
 * Areas under the ROC curve of each class against all others. The intervals come from what each
 * row contributes (the infinitesimal jackknife; for one class DeLong's but for n − 1): memory for
 * two numbers a row, however many classes.
 */
export function oneVersusRest(data: ClassProbabilities): OneVersusRest {
  const { classes, probabilities, truth } = data;
  const rows = truth.length;
  const influence = new Float64Array(rows);
  const values: Figure[] = [];
  for (let i = 0; i < classes; i++) {
    const positive = Uint8Array.from(truth, (label) => (label === i ? 1 : 0));
    const positives = positive.reduce((a, b) => a + b, 0);
    if (positives === 0 || positives === rows) {
      values.push({ value: null, n: positives });
      continue;
    }
    const scores = Float64Array.from(truth, (_, row) => probabilities[row * classes + i]!);
    const { auc, byRow } = placements(scores, positive);
    const own = byRow.map(
      (placed, row) => ((placed - auc) * rows) / (positive[row] ? positives : rows - positives),
    );
    for (let row = 0; row < rows; row++) influence[row]! += own[row]! / classes;
    values.push({ ...jackknifeFigure(auc, own), n: positives });
  }
  const known = values.every(({ value }) => value !== null);
  const mean = values.reduce((sum, { value }) => sum + (value ?? 0), 0) / classes;
  return {
    macro: known ? { ...jackknifeFigure(mean, influence), n: rows } : { value: null, n: rows },
    byClass: values,
  };
}

const LEVEL = 0.95;

function jackknifeFigure(value: number, influence: Float64Array): Figure {
  const squares = influence.reduce((sum, part) => sum + part * part, 0);
  const half = (normalQuantile((1 + LEVEL) / 2) * Math.sqrt(squares)) / influence.length;
  const interval = {
    lower: Math.max(0, value - half),
    upper: Math.min(1, value + half),
    level: LEVEL,
  };
  return { value, interval };
}
