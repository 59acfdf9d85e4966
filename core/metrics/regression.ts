import { argsort } from '#core/stats/argsort.ts';
import { quantileOfSorted, type Statistic } from '#core/stats/bootstrap.ts';

const NAMES = [
  'rmse',
  'mae',
  'mape',
  'median-absolute-error',
  'r2',
  'explained-variance',
  'bias',
] as const;

/**
 * Errors of a regression, by scikit-learn's formulas; `bias` is the mean of predicted minus true.
 * Undefined, and so NaN, are: the percentage error where a true value is 0; R² and explained
 * variance where all true values are equal.
 */
export function regressionStatistic(
  truth: Float64Array,
  predicted: Float64Array,
): Statistic<Uint8Array> {
  const residuals = predicted.map((value, row) => value - truth[row]!);
  const absolute = residuals.map(Math.abs);
  const bySize = argsort(absolute);
  const shares = absolute.map((error, row) =>
    truth[row] === 0 ? Number.NaN : error / Math.abs(truth[row]!),
  );
  // Sums of squares about a value near the mean do not cancel.
  const origin = truth.length === 0 ? 0 : truth.reduce((a, b) => a + b, 0) / truth.length;
  return {
    names: NAMES,
    measure(weights) {
      let [rows, bias, squares, sizes, percent, level, spread] = [0, 0, 0, 0, 0, 0, 0];
      for (let row = 0; row < truth.length; row++) {
        const weight = weights[row]!;
        if (weight === 0) continue;
        const residual = residuals[row]!;
        const value = truth[row]! - origin;
        rows += weight;
        bias += weight * residual;
        squares += weight * residual * residual;
        sizes += weight * absolute[row]!;
        percent += weight * shares[row]!;
        level += weight * value;
        spread += weight * value * value;
      }
      const variation = spread - (level * level) / rows;
      const unexplained = squares - (bias * bias) / rows;
      // What rounding leaves of equal values is no variation.
      const varies = variation > 1e-12 * spread;
      const share = (error: number) => (varies ? 1 - error / variation : Number.NaN);
      return [
        Math.sqrt(squares / rows),
        sizes / rows,
        percent / rows,
        weightedMedian(absolute, bySize, weights, rows),
        share(squares),
        share(unexplained),
        bias / rows,
      ];
    },
  };
}

/** Median of the values, each as often as its weight says. */
function weightedMedian(
  values: Float64Array,
  order: Int32Array,
  weights: Uint8Array,
  total: number,
): number {
  let passed = 0;
  let below = Number.NaN;
  for (let i = 0; i < order.length; i++) {
    const weight = weights[order[i]!]!;
    if (weight === 0) continue;
    const value = values[order[i]!]!;
    if (!Number.isNaN(below)) return (below + value) / 2;
    passed += weight;
    if (2 * passed > total) return value;
    if (2 * passed === total) below = value;
  }
  return Number.NaN;
}

const QUANTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

/** Predicted minus true at fixed quantiles; none of no rows. */
export function residualQuantiles(truth: Float64Array, predicted: Float64Array) {
  if (truth.length === 0) return [];
  const sorted = predicted.map((value, row) => value - truth[row]!).sort();
  return QUANTILES.map((quantile) => ({ quantile, residual: quantileOfSorted(sorted, quantile) }));
}
