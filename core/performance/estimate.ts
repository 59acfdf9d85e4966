import { scaleLatency } from './lambda-memory.ts';
import type { Latency } from './latency.ts';
import { costPerMillion, type PriceTable } from './prices.ts';

/** What is to be expected of a function with so much memory. */
export interface SizeEstimate {
  readonly memoryMb: number;
  readonly latencies: readonly Latency[];
  /** Of one row. */
  readonly p95: number;
  readonly perMillionPredictions: number;
}

/**
 * @param measured with `measuredMb` of memory, one row first
 */
export function estimateSize(
  measured: readonly Latency[],
  { measuredMb, memoryMb, prices }: { measuredMb: number; memoryMb: number; prices: PriceTable },
): SizeEstimate {
  const latencies = measured.map((latency) => scaleLatency(latency, measuredMb, memoryMb));
  const one = latencies[0] as Latency;
  const perMillionPredictions = costPerMillion(one.mean, memoryMb, prices);
  return { memoryMb, latencies, p95: one.p95, perMillionPredictions };
}

/** The size of least cost that keeps to the latency limit, the smaller of equals; else null. */
export function cheapestSize(
  estimates: readonly SizeEstimate[],
  latencyLimitMs: number,
): number | null {
  const quickEnough = estimates
    .filter(({ p95 }) => p95 <= latencyLimitMs)
    .toSorted(
      (a, b) => a.perMillionPredictions - b.perMillionPredictions || a.memoryMb - b.memoryMb,
    );
  return quickEnough[0]?.memoryMb ?? null;
}
