import { argsort } from '#core/stats/argsort.ts';
import type { Statistic } from '#core/stats/bootstrap.ts';

/** Rows from the highest score to the lowest. */
export interface Ranking {
  readonly order: Int32Array;
  /** 1 where the row at this rank is positive. */
  readonly positive: Uint8Array;
  /** 1 where the next rank has another score: the only places where a threshold can be. */
  readonly endsTie: Uint8Array;
}

/** @param positive 1 where a row is positive */
export function rankRows(scores: Float64Array, positive: Uint8Array): Ranking {
  const order = argsort(scores).reverse();
  const rows = order.length;
  const ranking = { order, positive: new Uint8Array(rows), endsTie: new Uint8Array(rows) };
  for (let rank = 0; rank < rows; rank++) {
    const row = order[rank]!;
    ranking.positive[rank] = positive[row]!;
    ranking.endsTie[rank] = rank + 1 === rows || scores[order[rank + 1]!] !== scores[row] ? 1 : 0;
  }
  return ranking;
}

/**
 * Area under the ROC curve, ties counted by half, and average precision (the step-wise area under
 * the precision-recall curve, as scikit-learn), of rows with weights. Both NaN with one class only.
 */
export function rankingAreas(
  { order, positive, endsTie }: Ranking,
  weights: Uint8Array,
): readonly [rocAuc: number, averagePrecision: number] {
  let [positives, negatives, tiedPositives, tiedNegatives] = [0, 0, 0, 0];
  let area = 0;
  let precision = 0;
  for (let rank = 0; rank < order.length; rank++) {
    const weight = weights[order[rank]!]!;
    if (positive[rank] === 1) tiedPositives += weight;
    else tiedNegatives += weight;
    if (endsTie[rank] === 0) continue;
    area += tiedNegatives * (positives + tiedPositives / 2);
    positives += tiedPositives;
    negatives += tiedNegatives;
    if (tiedPositives > 0) precision += tiedPositives * (positives / (positives + negatives));
    tiedPositives = 0;
    tiedNegatives = 0;
  }
  if (negatives === 0) return [Number.NaN, Number.NaN];
  return [area / (positives * negatives), precision / positives];
}

export const rankingStatistic = (ranking: Ranking): Statistic<Uint8Array> => ({
  names: ['roc-auc', 'pr-auc'],
  measure: (weights) => rankingAreas(ranking, weights),
});
