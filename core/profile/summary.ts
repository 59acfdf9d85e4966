import { DistinctCounter } from './distinct-counter.ts';
import { kurtosis, skewness, standardDeviation } from './moments.ts';
import { QuantileSketch } from './quantile-sketch.ts';
import type { ColumnProfile, NumericProfile, Profile, TextProfile } from './schema.ts';

const SHARES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99] as const;
const MOST_FREQUENT = 20;

/** What a person wants to see of a profile: figures instead of sketches. */
export const summarise = ({ rows, columns }: Profile) => ({
  rows,
  columns: columns.map(summariseColumn),
});

export function summariseColumn(column: ColumnProfile) {
  const { name, kind, count, missing } = column;
  // An estimate of more values than there are rows is one too many.
  const estimate = Math.round(DistinctCounter.from(column.distinct).estimate());
  const common = { name, kind, count, missing, distinct: Math.min(estimate, count - missing) };
  return column.kind === 'numeric'
    ? { ...common, ...ofNumbers(column) }
    : { ...common, ...ofTexts(column) };
}

function ofNumbers({ infinite, min, max, moments, quantiles, values }: NumericProfile) {
  const estimates = QuantileSketch.from(quantiles).quantiles(SHARES);
  return {
    infinite,
    min,
    max,
    mean: moments.count > 0 ? moments.mean : null,
    standardDeviation: standardDeviation(moments) ?? null,
    skewness: skewness(moments) ?? null,
    kurtosis: kurtosis(moments) ?? null,
    quantiles: SHARES.map((share, i) => ({ share, value: estimates[i] ?? null })),
    values,
  };
}

const ofTexts = ({ counts, lengths }: TextProfile) => ({
  lengths,
  frequent: counts.counts.slice(0, MOST_FREQUENT).map(([text, count]) => ({ text, count })),
  frequentError: counts.error,
});
