import { QuantileSketch, type QuantileSketchJson } from '../profile/quantile-sketch.ts';

/** Upper bounds of the buckets of latencies, in milliseconds; one more holds what is above. */
export const LATENCY_BOUNDS_MS = [
  ...[0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100],
  ...[250, 500, 1000, 2500, 5000, 10_000],
] as const;

export const noLatencies = (): number[] => new Array(LATENCY_BOUNDS_MS.length + 1).fill(0);

/** Position of the bucket that a latency falls into. */
export function bucketOf(milliseconds: number): number {
  let bucket = 0;
  while (milliseconds > (LATENCY_BOUNDS_MS[bucket] ?? Number.POSITIVE_INFINITY)) bucket++;
  return bucket;
}

/** Counts by bucket of what only a sketch is kept of, within its error. */
export function bucketsOf(sketch: QuantileSketchJson): number[] {
  const latencies = QuantileSketch.from(sketch);
  const counts = noLatencies();
  let below = 0;
  counts.forEach((_, bucket) => {
    const bound = LATENCY_BOUNDS_MS[bucket];
    const upTo = Math.round(sketch.count * (bound === undefined ? 1 : latencies.rank(bound)));
    counts[bucket] = upTo - below;
    below = upTo;
  });
  return counts;
}
