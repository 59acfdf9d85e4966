import { normalSurvival } from '#core/stats/distributions.ts';
import { midranks } from '#core/stats/midranks.ts';

/** An area under the ROC curve and what each row contributes to it. */
export interface Placements {
  readonly auc: number;
  /**
   * Share of the other class that the row is rightly placed against, by row: its mean over the
   * positive rows, and over the negative ones, is the AUC.
   */
  readonly byRow: Float64Array;
}

/** Placements by midranks in O(n log n) (Sun and Xu 2014). Needs both classes. */
export function placements(scores: Float64Array, positive: Uint8Array): Placements {
  const amongAll = midranks(scores);
  const amongOwn = ranksWithinClass(scores, positive);
  let positives = 0;
  for (const isPositive of positive) positives += isPositive;
  const negatives = positive.length - positives;
  const byRow = new Float64Array(scores.length);
  let auc = 0;
  for (let row = 0; row < scores.length; row++) {
    const below = amongAll[row]! - amongOwn[row]!;
    byRow[row] = positive[row] === 1 ? below / negatives : 1 - below / positives;
    if (positive[row] === 1) auc += byRow[row]! / positives;
  }
  return { auc, byRow };
}

function ranksWithinClass(scores: Float64Array, positive: Uint8Array): Float64Array {
  const ranks = new Float64Array(scores.length);
  for (const side of [0, 1]) {
    const own = midranks(scores.filter((_, row) => positive[row] === side));
    let next = 0;
    for (let row = 0; row < scores.length; row++) {
      if (positive[row] === side) ranks[row] = own[next++]!;
    }
  }
  return ranks;
}

/** Variance of the mean placement, each class a sample of its own (DeLong et al. 1988). */
export function placementVariance(byRow: Float64Array, positive: Uint8Array): number {
  return [0, 1].reduce((total, side) => {
    const values = byRow.filter((_, row) => positive[row] === side);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const squares = values.reduce((a, b) => a + (b - mean) ** 2, 0);
    return total + squares / (values.length - 1) / values.length;
  }, 0);
}

export interface DeLong {
  readonly difference: number;
  readonly standardError: number;
  /** Null where the models rank all rows alike: there is nothing to test. */
  readonly z: number | null;
  readonly pValue: number;
}

/**
 * Whether two models' areas under the ROC curve differ on the same rows, two-sided.
 *
 * @param positive 1 where a row is positive; at least two rows of each class
 */
export function delong(a: Float64Array, b: Float64Array, positive: Uint8Array): DeLong {
  const first = placements(a, positive);
  const second = placements(b, positive);
  const byRow = first.byRow.map((value, row) => value - second.byRow[row]!);
  const difference = first.auc - second.auc;
  const standardError = Math.sqrt(placementVariance(byRow, positive));
  // Rounding leaves a speck of variance between two models that rank alike.
  if (standardError < 1e-12) {
    const same = Math.abs(difference) < 1e-12;
    return { difference, standardError: 0, z: null, pValue: same ? 1 : 0 };
  }
  const z = difference / standardError;
  return { difference, standardError, z, pValue: 2 * normalSurvival(Math.abs(z)) };
}
