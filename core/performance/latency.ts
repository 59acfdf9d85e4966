/** Times of calls with the same number of rows, in milliseconds. */
export interface Latency {
  readonly rows: number;
  readonly samples: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** @param times in milliseconds, at least one, in any order */
export function summariseTimes(rows: number, times: readonly number[]): Latency {
  if (times.length === 0) throw new RangeError('no times to summarise');
  const sorted = Float64Array.from(times).sort();
  const mean = sorted.reduce((a, b) => a + b, 0) / sorted.length;
  const at = (share: number) => quantile(sorted, share);
  return { rows, samples: sorted.length, mean, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** Between the two nearest values in proportion: type 7 of Hyndman and Fan, numpy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] as number;
  const above = sorted[Math.ceil(position)] as number;
  return below + (above - below) * (position - Math.floor(position));
}

export const rowsPerSecond = ({ rows, mean }: Latency): number =>
  mean > 0 ? (1000 * rows) / mean : 0;
