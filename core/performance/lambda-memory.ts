import type { Latency } from './latency.ts';

/** Sizes that are compared, in MB; Lambda has every one from 128 to 10,240. */
export const MEMORY_SIZES = [512, 1024, 1769, 3008, 5308, 10_240] as const;

/**
 * Lambda gives 1 vCPU at 1,769 MB and in proportion below (docs.aws.amazon.com/lambda, "Configure
 * Lambda function memory"). A prediction runs on one thread, which more than one does not help.
 */
const MEGABYTES_PER_PROCESSOR = 1_769;

export const processorShare = (megabytes: number): number =>
  Math.min(1, megabytes / MEGABYTES_PER_PROCESSOR);

/** What was measured with one memory size as it is to be expected with another. */
export function scaleLatency(measured: Latency, from: number, to: number): Latency {
  const factor = processorShare(from) / processorShare(to);
  const { rows, samples, mean, p50, p95, p99 } = measured;
  return {
    rows,
    samples,
    mean: mean * factor,
    p50: p50 * factor,
    p95: p95 * factor,
    p99: p99 * factor,
  };
}
