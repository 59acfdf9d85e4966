import type { Statistic } from '#core/stats/bootstrap.ts';

/** Bins of equal width that calibration is judged in. */
export const CALIBRATION_BINS = 10;

const binOf = (probability: number) =>
  Math.min(CALIBRATION_BINS - 1, Math.floor(probability * CALIBRATION_BINS));

/** −ln p, with p kept off 0 and 1 by the machine's precision, as scikit-learn. */
export const logLossOf = (probability: number): number =>
  -Math.log(Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, probability)));

/** What was said of an event on each row, and whether it came true. */
export interface Forecast {
  /** Between 0 and 1. */
  readonly probability: Float64Array;
  readonly came: Uint8Array;
}

export interface CalibrationBin {
  /** Mean probability and share that came true in the bin. */
  readonly predicted: number;
  readonly observed: number;
  readonly count: number;
}

interface BinSums {
  readonly predicted: Float64Array;
  readonly observed: Float64Array;
  readonly count: Float64Array;
}

function sumBins({ probability, came }: Forecast, bins: Uint8Array, weights: Uint8Array): BinSums {
  const predicted = new Float64Array(CALIBRATION_BINS);
  const observed = new Float64Array(CALIBRATION_BINS);
  const count = new Float64Array(CALIBRATION_BINS);
  for (let row = 0; row < weights.length; row++) {
    const weight = weights[row]!;
    if (weight === 0) continue;
    const bin = bins[row]!;
    predicted[bin]! += weight * probability[row]!;
    observed[bin]! += weight * came[row]!;
    count[bin]! += weight;
  }
  return { predicted, observed, count };
}

/** Mean gap between predicted and observed over the bins, weighted by rows (Guo et al. 2017). */
function calibrationError({ predicted, observed, count }: BinSums): number {
  let gap = 0;
  let rows = 0;
  for (let bin = 0; bin < CALIBRATION_BINS; bin++) {
    gap += Math.abs(predicted[bin]! - observed[bin]!);
    rows += count[bin]!;
  }
  return gap / rows;
}

/** The bins that hold rows, lowest probabilities first. */
export function calibrationCurve(forecast: Forecast): CalibrationBin[] {
  const everyRow = new Uint8Array(forecast.came.length).fill(1);
  const { predicted, observed, count } = sumBins(
    forecast,
    Uint8Array.from(forecast.probability, binOf),
    everyRow,
  );
  return [...count]
    .map((rows, bin) => ({
      predicted: predicted[bin]! / rows,
      observed: observed[bin]! / rows,
      count: rows,
    }))
    .filter((bin) => bin.count > 0);
}

export function calibrationStatistic(forecast: Forecast): Statistic<Uint8Array> {
  const bins = Uint8Array.from(forecast.probability, binOf);
  return {
    names: ['expected-calibration-error'],
    measure: (weights) => [calibrationError(sumBins(forecast, bins, weights))],
  };
}

/** Weighted mean of a loss by row. */
export const meanStatistic = (name: string, losses: Float64Array): Statistic<Uint8Array> => ({
  names: [name],
  measure: (weights) => {
    let total = 0;
    let rows = 0;
    for (let row = 0; row < losses.length; row++) {
      total += weights[row]! * losses[row]!;
      rows += weights[row]!;
    }
    return [total / rows];
  },
});

export const combine = <S>(...statistics: readonly Statistic<S>[]): Statistic<S> => ({
  names: statistics.flatMap(({ names }) => names),
  measure: (sample) => statistics.flatMap((statistic) => statistic.measure(sample)),
});

/** Log loss, Brier score and calibration error of a binary forecast. */
export function forecastStatistic(forecast: Forecast): Statistic<Uint8Array> {
  const { probability, came } = forecast;
  const brier = probability.map((p, row) => (p - came[row]!) ** 2);
  const logLoss = probability.map((p, row) => logLossOf(came[row] === 1 ? p : 1 - p));
  return combine(
    meanStatistic('log-loss', logLoss),
    meanStatistic('brier', brier),
    calibrationStatistic(forecast),
  );
}
