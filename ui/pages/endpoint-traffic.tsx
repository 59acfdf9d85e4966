import type { Traffic, VariantTraffic } from '../api/endpoint-types.ts';
import { LineChart } from '../charts/line-chart.tsx';
import type { CurveSettings } from '../lib/curves.ts';
import { linesOf } from '../lib/traffic.ts';

const OVER_TIME: CurveSettings = { across: 'time', smoothing: 0, log: false };

/** Drawn where there are any. */
const FAILED = 'Failed requests';

const CHARTS: readonly (readonly [
  string,
  (of: VariantTraffic | undefined) => number | undefined,
])[] = [
  ['Requests', (of) => of?.requests ?? 0],
  ['95th percentile of latency, ms', (of) => of?.latency.p95 ?? undefined],
  [FAILED, (of) => of?.serverErrors ?? 0],
];

/** How much, how fast and how well, over time and by variant. @param step in seconds */
export function TrafficCharts({ traffic, step }: { traffic: Traffic; step: number }) {
  if (traffic.variants.every(({ requests }) => requests === 0)) {
    return <p class="muted">Nothing was asked in this time.</p>;
  }
  const failed = traffic.variants.some(({ serverErrors }) => serverErrors > 0);
  return (
    <div class="curves">
      {CHARTS.filter(([title]) => failed || title !== FAILED).map(([title, figure]) => (
        <LineChart
          key={title}
          title={title}
          lines={linesOf(traffic, step, figure)}
          settings={OVER_TIME}
          of="variants"
        />
      ))}
    </div>
  );
}
