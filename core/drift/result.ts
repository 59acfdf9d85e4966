/** Distances and tests of one column. */
export type ColumnMethod =
  | 'kolmogorov-smirnov'
  | 'wasserstein'
  | 'cramer-von-mises'
  | 'anderson-darling'
  | 'energy-distance'
  | 'psi'
  | 'jensen-shannon'
  | 'hellinger'
  | 'kullback-leibler'
  | 'chi-square'
  | 'chi-square-fit'
  | 'g-test';

/** Distances and tests of several columns or of embeddings. */
export type MultivariateMethod = 'maximum-mean-discrepancy' | 'energy' | 'domain-classifier';

export interface DriftResult {
  readonly method: ColumnMethod | MultivariateMethod;
  /** The distance, or the statistic of the test. */
  readonly score: number;
  readonly pValue?: number;
  /** Corrected for the number of columns tested: what is held against the threshold, where present. */
  readonly adjustedPValue?: number;
  /** Where there is a p-value, drifted below it; else drifted from this score on. */
  readonly threshold: number;
  readonly drifted: boolean;
  /** How large the difference is, whatever the number of rows, where the score does not say so. */
  readonly effectSize?: number;
  /** The score of the values themselves is at most so far from this one; absent where exact. */
  readonly errorBound?: number;
}
