import type { ColumnMethod, DriftResult } from './result.ts';

/** Of p-values for tests and of scores for distances, as Evidently 0.7 has them. */
export const DEFAULT_THRESHOLDS: Readonly<Record<ColumnMethod, number>> = {
  'kolmogorov-smirnov': 0.05,
  'chi-square': 0.05,
  'chi-square-fit': 0.05,
  'cramer-von-mises': 0.1,
  'anderson-darling': 0.1,
  'g-test': 0.1,
  wasserstein: 0.1,
  'energy-distance': 0.1,
  psi: 0.1,
  'jensen-shannon': 0.1,
  hellinger: 0.1,
  'kullback-leibler': 0.1,
};

export type Measured = Pick<DriftResult, 'score' | 'pValue' | 'effectSize' | 'errorBound'>;

/** Tests are decided by their p-value, distances by their score. */
export function verdictOf<Method extends DriftResult['method']>(
  method: Method,
  measured: Measured,
  threshold: number,
): DriftResult & { method: Method } {
  const { score, pValue } = measured;
  const drifted = pValue === undefined ? score >= threshold : pValue < threshold;
  return { method, ...measured, threshold, drifted };
}
