import { type BarPlot, facts, note, plots, type Section, table } from '#shared/page/blocks.ts';
import { bytes, maybe, number } from '#shared/page/numbers.ts';
import type { ModelCard } from '../schema.ts';
import { measuredBlocks } from './common.ts';

type Performance = Extract<ModelCard['performance'], { measured: true }>;

export const performanceSection = ({ performance }: ModelCard): Section => ({
  id: 'performance',
  title: 'Performance and cost',
  blocks: measuredBlocks(performance, (found) => [
    facts([
      ['Time to load', `${maybe(found.loadMs.value)} ms`],
      ['Peak memory', `${maybe(found.peakMemoryMb.value)} MB`],
      [
        'Cheapest memory size',
        found.cheapestMemoryMb === null
          ? 'none within the latency limit'
          : `${number(found.cheapestMemoryMb)} MB`,
      ],
    ]),
    ...plots(
      [...new Set(found.latencies.map(({ rows }) => rows))]
        .slice(0, MAX_PLOTS)
        .map((rows) => latencyPlot(found, rows)),
    ),
    table(
      'Latency',
      [
        '#Rows',
        '#Memory (MB)',
        '#p50 (ms)',
        '#p95 (ms)',
        '#p99 (ms)',
        '#Rows per second',
        'Source',
      ],
      found.latencies.map(({ rows, memoryMb, p50, p95, p99, rowsPerSecond, estimated }) => [
        number(rows),
        number(memoryMb),
        number(p50),
        number(p95),
        number(p99),
        number(rowsPerSecond),
        estimated ? 'estimated' : 'measured',
      ]),
    ),
    table(
      'Cost of a million predictions of one row',
      ['#Memory (MB)', '#US dollars'],
      found.costs.map(({ memoryMb, perMillionPredictions }) => [
        number(memoryMb),
        perMillionPredictions.toFixed(2),
      ]),
    ),
  ]),
});

const MAX_PLOTS = 4;

const latencyPlot = ({ latencies }: Performance, rows: number): BarPlot => ({
  type: 'bars',
  title: `Latency of ${rows === 1 ? 'one row' : `${number(rows)} rows`}`,
  description:
    '95th percentile in milliseconds by memory size; whiskers from the 50th to the 99th.',
  rows: latencies
    .filter((one) => one.rows === rows)
    .map(({ memoryMb, p50, p95, p99, estimated }) => ({
      label: `${number(memoryMb)} MB${estimated ? ' (estimated)' : ''}`,
      value: p95,
      text: `${number(p95)} ms`,
      range: [p50, p99] as const,
    })),
});

export const contractSection = ({ contract }: ModelCard): Section => ({
  id: 'contract',
  title: 'Contract and reproducibility',
  blocks: measuredBlocks(contract, ({ columns, golden, determinism }) => [
    golden
      ? facts([
          [
            'Golden sample',
            `${golden.within ? 'reproduced' : 'NOT reproduced'}, ${number(golden.rows)} rows`,
          ],
          [
            'Largest deviation',
            `${number(golden.largestDeviation)} (allowed ${number(golden.tolerance)})`,
          ],
        ])
      : note('No golden sample with answers was given at registration.'),
    ...(determinism
      ? [
          facts([
            ['Same input twice', agreement(determinism.repeat)],
            ['Alone and in a batch', agreement(determinism.batch)],
          ]),
        ]
      : []),
    table(
      'Columns of the validation data against the signature',
      ['Feature', 'Column', '#Refused rows', 'Problem'],
      columns.map(({ feature, column, refusedRows, problem }) => [
        feature,
        column ?? 'none',
        number(refusedRows),
        problem ?? '–',
      ]),
    ),
  ]),
});

const agreement = ({
  identical,
  largestDeviation,
}: {
  identical: boolean;
  largestDeviation: number;
}): string => (identical ? 'identical' : `differs by up to ${number(largestDeviation)}`);

export const securitySection = ({ artifact }: ModelCard): Section => ({
  id: 'security',
  title: 'Artifact and security',
  blocks: measuredBlocks(artifact, ({ sizeBytes, isolatedLoad, producer }) => [
    facts([
      ['Size', bytes(sizeBytes)],
      ['Producer', `${producer.name} ${producer.version}`.trim() || 'not named'],
      [
        'Load in isolation',
        isolatedLoad.loaded
          ? `${number(isolatedLoad.milliseconds)} ms, ${number(isolatedLoad.peakMemoryMb)} MB`
          : `failed: ${isolatedLoad.problem ?? 'no reason given'}`,
      ],
    ]),
  ]),
});
