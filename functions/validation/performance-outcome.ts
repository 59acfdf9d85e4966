import { cheapestSize, estimateSize, type SizeEstimate } from '#core/performance/estimate.ts';
import { MEMORY_SIZES } from '#core/performance/lambda-memory.ts';
import { type Latency, rowsPerSecond } from '#core/performance/latency.ts';
import type { Evidence } from './evidence.ts';
import type { IsolatedLoad } from './isolated-load.ts';
import type { CheckOutcome, Finding } from './schema.ts';
import type { Sources } from './sources.ts';

export interface Measured {
  readonly loads: readonly IsolatedLoad[];
  /** At this function's own memory, one row first. */
  readonly measured: readonly Latency[];
  readonly inputs: 'dataset' | 'generated';
  readonly latencyLimitMs: number;
}

interface Comparison {
  /** Without the sizes that the model does not fit in. */
  readonly estimates: readonly SizeEstimate[];
  /** Of the function that serves predictions; none where the model does not fit. */
  readonly target: SizeEstimate | undefined;
  readonly cheapest: number | null;
  readonly peakMb: number;
}

/** What was measured at one memory size, and what follows for the others. */
export function performanceOutcome(facts: Measured, sources: Sources): CheckOutcome<'performance'> {
  const comparison = compare(facts, sources);
  const { target, cheapest, peakMb } = comparison;
  const n = facts.loads.length;
  const loadMs = { value: median(facts.loads.map(({ milliseconds }) => milliseconds)), n };
  const peakMemoryMb = { value: peakMb, n };
  return {
    status: 'completed',
    figures: {
      ...(target && latencyFigures(target)),
      'load-ms': loadMs,
      'peak-memory-mb': peakMemoryMb,
      'cost-per-million': { value: target?.perMillionPredictions ?? null },
      'cheapest-memory-mb': { value: cheapest },
    },
    findings: findings(comparison, facts, sources),
    evidence: { loadMs, peakMemoryMb, ...tables(comparison, facts, sources) },
  };
}

function compare({ loads, measured, latencyLimitMs }: Measured, sources: Sources): Comparison {
  const { servingMegabytes, ownMegabytes: measuredMb, prices } = sources;
  const peakMb = Math.max(...loads.map(({ peakMemoryMb }) => peakMemoryMb));
  const sizes = [...new Set<number>([...MEMORY_SIZES, servingMegabytes])].sort((a, b) => a - b);
  const estimates = sizes
    .filter((memoryMb) => memoryMb >= peakMb)
    .map((memoryMb) => estimateSize(measured, { measuredMb, memoryMb, prices }));
  return {
    estimates,
    target: estimates.find(({ memoryMb }) => memoryMb === servingMegabytes),
    cheapest: cheapestSize(estimates, latencyLimitMs),
    peakMb,
  };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;

/** On the target memory size; batches that one request cannot carry have none. */
function latencyFigures({ latencies }: SizeEstimate) {
  const one = latencies[0] as Latency;
  const hundred = latencies.find(({ rows }) => rows === 100);
  const n = one.samples;
  return {
    'latency-p50-1-row': { value: one.p50, n },
    'latency-p95-1-row': { value: one.p95, n },
    'latency-p99-1-row': { value: one.p99, n },
    ...(hundred && { 'latency-p95-100-rows': { value: hundred.p95, n: hundred.samples } }),
    'rows-per-second': { value: Math.max(...latencies.map(rowsPerSecond)) },
  };
}

function tables(
  { estimates, cheapest }: Comparison,
  { latencyLimitMs, inputs }: Measured,
  { ownMegabytes, prices }: Sources,
): Omit<Evidence<'performance'>, 'loadMs' | 'peakMemoryMb'> {
  return {
    latencies: estimates.flatMap(({ memoryMb, latencies }) =>
      latencies.map(({ samples, mean, ...times }) => ({
        ...times,
        memoryMb,
        rowsPerSecond: rowsPerSecond({ ...times, samples, mean }),
        estimated: memoryMb !== ownMegabytes,
      })),
    ),
    costs: estimates.map(({ memoryMb, perMillionPredictions }) => ({
      memoryMb,
      perMillionPredictions,
    })),
    cheapestMemoryMb: cheapest,
    latencyLimitMs,
    prices,
    inputs,
  };
}

function findings(
  { target, cheapest, peakMb }: Comparison,
  { latencyLimitMs, inputs }: Measured,
  { servingMegabytes }: Sources,
): Finding[] {
  const found: Finding[] = [];
  if (!target) {
    const message = `the model takes ${Math.ceil(peakMb)} MB of memory, the inference function has ${servingMegabytes}: raise it in infra/config.ts`;
    found.push({ severity: 'critical', code: 'memory-too-small', message });
  }
  if (cheapest === null) {
    const message = `no memory size answers one row within ${latencyLimitMs} ms in 95 of 100 cases`;
    found.push({ severity: 'warning', code: 'too-slow', message });
  }
  if (inputs === 'generated') {
    const message = 'timed on made-up rows: real ones may take other ways through the model';
    found.push({ severity: 'info', code: 'generated-inputs', message });
  }
  const message =
    'latencies at other memory sizes are estimated: Lambda gives 1 vCPU at 1,769 MB and in proportion below';
  found.push({ severity: 'info', code: 'estimated-latency', message });
  return found;
}
