import { type Block, facts, note, type Plot, plots, table, text } from '#shared/page/blocks.ts';
import { maybe, number } from '#shared/page/numbers.ts';
import type { MetricReport, Report, ReportSummary } from './report-schema.ts';

/** What was measured of labelled predictions, what is estimated of all, and both over time. */
export function performanceBlocks(report: Report, history: readonly ReportSummary[]): Block[] {
  const { performance, estimate, labels } = report;
  const measured = performance
    ? [
        text(
          `Measured on ${number(performance.labelled)} labelled predictions, held against ${performance.against}.`,
        ),
        metricTable('Measured', performance.metrics),
      ]
    : [note(`${number(labels)} labels have come for this window: too few to judge.`)];
  const estimated = estimate
    ? [
        text(
          `Estimated of ${number(estimate.rows)} predictions, labelled or not, from ${number(estimate.learntFrom)} rows of the examination.`,
        ),
        metricTable('Estimated', estimate.metrics),
        ...truthBlocks(estimate),
      ]
    : [];
  return [...measured, ...estimated, ...plots([overTime(report, history)])];
}

const range = (interval: MetricReport['interval']): string =>
  interval ? `${number(interval.lower)} to ${number(interval.upper)}` : '–';

const metricTable = (caption: string, metrics: readonly MetricReport[]) =>
  table(
    caption,
    ['Metric', '#Value', '#95 % interval', '#Rows', '#Baseline', '#Lost for certain'],
    metrics.map(({ name, value, interval, n, baseline, loss }) => [
      ...[name, maybe(value), range(interval), maybe(n), maybe(baseline), maybe(loss)],
    ]),
  );

function truthBlocks({ metric, truth }: NonNullable<Report['estimate']>): Block[] {
  if (!truth) return [];
  const where = truth.within ? 'inside of' : 'outside of';
  return [
    facts([
      [
        `${metric} of ${number(truth.rows)} labelled predictions`,
        `estimated ${number(truth.estimated)} (${range(truth.interval)}), measured ${number(truth.measured)}: ${where} what was estimated`,
      ],
    ]),
  ];
}

const HOUR = 3_600_000;

/** Undefined for fewer than two windows that anything is known of. */
function overTime(report: Report, history: readonly ReportSummary[]): Plot | undefined {
  const metric = (report.performance ?? report.estimate)?.metric;
  const end = Date.parse(report.to);
  const lineOf = (side: 'performance' | 'estimate') =>
    history.flatMap((window) => {
      const found = window[side];
      if (!found || found.metric !== metric) return [];
      return [{ at: (Date.parse(window.to) - end) / HOUR, ...found }];
    });
  const lines = [
    { name: 'Measured', windows: lineOf('performance') },
    { name: 'Estimated', windows: lineOf('estimate') },
  ].filter(({ windows }) => windows.length > 0);
  const all = lines.flatMap(({ windows }) => windows);
  if (!metric || all.length < 2) return undefined;
  const times = all.map(({ at }) => at);
  const bounds = all.flatMap(({ interval, baseline }) => [
    ...[interval.lower, interval.upper, baseline ?? interval.upper],
  ]);
  const domain = [Math.min(...times), Math.max(...times)] as const;
  if (domain[0] === domain[1]) return undefined;
  const baseline = all.flatMap((window) => window.baseline ?? []).at(-1);
  return {
    type: 'lines',
    title: `${metric} over time`,
    description: lines
      .map(
        ({ name, windows }) =>
          `${name} in ${windows.length} windows, the last ${number(windows.at(-1)?.value as number)}`,
      )
      .join('; '),
    x: { label: 'Hours before the end of this window', domain },
    y: { label: metric, domain: [Math.min(...bounds), Math.max(...bounds)] },
    series: [
      ...lines.map(({ name, windows }) => ({
        name,
        points: windows.map(({ at, value }) => [at, value] as const),
        band: windows.map(({ at, interval }) => [at, interval.lower, interval.upper] as const),
        dots: true,
      })),
      ...(baseline === undefined
        ? []
        : [{ name: 'Baseline', points: domain.map((at) => [at, baseline] as const) }]),
    ],
  };
}
