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
  const { name, count, missing } = column;
  const common = { name, count, missing, distinct: distinctOf(column) };
  return column.kind === 'numeric'
    ? { ...common, kind: column.kind, ...ofNumbers(column) }
    : { ...common, kind: column.kind, ...ofTexts(column) };
}

/** Exact where all values are counted, else an estimate, of no more values than there are. */
function distinctOf(column: ColumnProfile): number {
  const exact = column.kind === 'numeric' ? column.values : exactCounts(column);
  if (exact) return exact.length;
  const estimate = Math.round(DistinctCounter.from(column.distinct).estimate());
  return Math.min(estimate, column.count - column.missing);
}

const exactCounts = ({ counts }: TextProfile) => (counts.error === 0 ? counts.counts : undefined);

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
