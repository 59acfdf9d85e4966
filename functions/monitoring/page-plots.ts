import { type Block, type Plot, plots } from '#shared/page/blocks.ts';
import { number, percent } from '#shared/page/numbers.ts';
import { ALARM_NAMES, type AlarmName } from './alarms.ts';
import type { ColumnReport, ReportSummary } from './report-schema.ts';

/** The rest is in the table. */
const MOST = 24;

/** Reference and current distribution of each column, on one plot. */
export const distributionPlots = (columns: readonly ColumnReport[]): Block[] =>
  plots(columns.slice(0, MOST).map(plotOf));

function plotOf({ name, distribution, drifted, method, score }: ColumnReport): Plot | undefined {
  if (!distribution) return undefined;
  const { reference, current } = distribution;
  const description = `${drifted ? 'Drifted' : 'Stable'}: ${method} ${number(score)}`;
  if (distribution.kind === 'text') {
    const rows = distribution.labels.flatMap((label, i) => [
      bar(`${label || '(empty)'}, reference`, reference[i] as number, true),
      bar(`${label || '(empty)'}, now`, current[i] as number, false),
    ]);
    return { type: 'bars', title: name, description, rows };
  }
  const edges = widened(distribution.edges);
  const most = Math.max(...reference, ...current);
  return {
    type: 'lines',
    title: name,
    description,
    x: { label: name, domain: [edges[0] as number, edges.at(-1) as number] },
    y: { label: 'Share of rows', domain: [0, most] },
    series: [
      { name: 'Now', points: steps(edges, current) },
      { name: 'Reference', points: steps(edges, reference) },
    ],
  };
}

const bar = (label: string, value: number, muted: boolean) => ({
  ...{ label, value, text: percent(value), muted },
});

/** With outer edges for the open bins, as wide as the others. */
function widened(edges: readonly number[]): number[] {
  const first = edges[0] as number;
  const step = edges.length > 1 ? (edges[1] as number) - first : 1;
  return [first - step, ...edges, (edges.at(-1) as number) + step];
}

const steps = (edges: readonly number[], shares: readonly number[]) =>
  shares.flatMap((share, i): [number, number][] => [
    [edges[i] as number, share],
    [edges[i + 1] as number, share],
  ]);

const HOUR = 3_600_000;

/** Each figure across the windows, with its threshold. */
export function timelinePlots(history: readonly ReportSummary[]): Block[] {
  const newest = history.at(-1);
  if (!newest || history.length < 2) return [];
  return plots(ALARM_NAMES.map((alarm) => timeline(alarm, history, Date.parse(newest.to))));
}

function timeline(
  alarm: AlarmName,
  history: readonly ReportSummary[],
  end: number,
): Plot | undefined {
  const figures = history.flatMap(({ to, alarms }) => {
    const found = alarms.find((figure) => figure.alarm === alarm);
    return found && found.value !== null
      ? [{ at: (Date.parse(to) - end) / HOUR, value: found.value, threshold: found.threshold }]
      : [];
  });
  if (figures.length < 2) return undefined;
  const most = Math.max(...figures.flatMap(({ value, threshold }) => [value, threshold]));
  return {
    type: 'lines',
    title: alarm,
    description: `${figures.length} windows, the last at ${number(figures.at(-1)?.value as number)}`,
    x: { label: 'Hours before the end of this window', domain: [figures[0]?.at as number, 0] },
    y: { label: alarm, domain: [0, most * 1.05] },
    series: [
      { name: 'Window', points: figures.map(({ at, value }) => [at, value]), dots: true },
      { name: 'Threshold', points: figures.map(({ at, threshold }) => [at, threshold]) },
    ],
  };
}
