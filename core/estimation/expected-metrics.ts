import { argsort } from '#core/stats/argsort.ts';

export const METRICS = ['accuracy', 'precision', 'recall', 'f1', 'rocAuc'] as const;
export type MetricName = (typeof METRICS)[number];

/** One class against the rest, ready to be measured again and again with other truths. */
export interface OneVersusRest {
  /** 1 where the class was predicted. */
  readonly predicted: Uint8Array;
  readonly scores: Float64Array;
  /** Rows from the highest score to the lowest. */
  readonly order: Int32Array;
}

export function oneVersusRest(scores: Float64Array, predicted: Uint8Array): OneVersusRest {
  return { scores, predicted, order: argsort(scores).reverse() };
}

export type ClassMetrics = Record<Exclude<MetricName, 'accuracy'>, number>;

/**
 * Precision, recall, F1 and ROC AUC where rows belong to the class with these probabilities: the
 * expected counts of the confusion matrix in place of counts. With 0 and 1 they are the metrics
 * themselves. NaN where undefined.
 */
export function classMetrics(
  { predicted, scores, order }: OneVersusRest,
  truth: Float64Array,
): ClassMetrics {
  let [hits, positives, called] = [0, 0, 0];
  for (let row = 0; row < truth.length; row++) {
    const p = truth[row] as number;
    positives += p;
    if (predicted[row] === 0) continue;
    called++;
    hits += p;
  }
  return {
    precision: hits / called,
    recall: hits / positives,
    f1: (2 * hits) / (called + positives),
    rocAuc: areaUnderCurve(scores, order, truth, positives),
  };
}

/** Ties count by half. */
function areaUnderCurve(
  scores: Float64Array,
  order: Int32Array,
  truth: Float64Array,
  positives: number,
): number {
  let [above, wins] = [0, 0];
  for (let i = 0; i < order.length; ) {
    const score = scores[order[i] as number];
    let [tied, rows] = [0, 0];
    for (; i < order.length && scores[order[i] as number] === score; i++) {
      tied += truth[order[i] as number] as number;
      rows++;
    }
    wins += (rows - tied) * (above + tied / 2);
    above += tied;
  }
  return wins / (positives * (truth.length - positives));
}
