import type { AlarmName } from './alarms.ts';
import type { AlarmFigure, ReportContent } from './report-schema.ts';
import type { Monitor } from './schema.ts';

export type Found = Pick<
  ReportContent,
  | 'driftedShare'
  | 'features'
  | 'multivariate'
  | 'quality'
  | 'performance'
  | 'estimate'
  | 'conceptDrift'
  | 'health'
  | 'status'
>;

/** Each figure that an alarm is about, and whether it is out of bounds. */
export function alarmFigures(
  found: Found,
  { thresholds: t }: Pick<Monitor, 'thresholds'>,
): AlarmFigure[] {
  const { driftedShare, features, multivariate, quality, conceptDrift, health, status } = found;
  const compared = status === 'stable' || status === 'drifted';
  const together = multivariate.filter(({ drifted }) => drifted).length;
  const findings = conceptDrift && conceptDrift.errors > 0 ? conceptDrift.findings.length : null;
  const loss = lossIn(found, t);
  return [
    figure('drift-share', driftedShare, t.driftedShare),
    figure('worst-feature', most(features.map(({ strength }) => strength)), t.worstFeature),
    figure('multivariate-drift', multivariate.length > 0 ? together : null, 1),
    figure('data-quality', compared ? quality.length : null, 1),
    { ...figure('accuracy-drop', loss.value, t.accuracyDrop), ...loss.source },
    figure('concept-drift', findings, 1),
    figure('error-rate', health.errorRate, t.errorRate),
    figure('p95-latency', health.p95LatencyMs, t.p95LatencyMs),
    {
      ...{ alarm: 'no-traffic', value: health.requests, threshold: t.minRequests },
      breached: health.requests < t.minRequests,
    },
  ];
}

const figure = (alarm: AlarmName, value: number | null, threshold: number): AlarmFigure => ({
  ...{ alarm, value, threshold },
  ...(value !== null && { breached: value >= threshold }),
});

const most = (values: readonly number[]): number | null =>
  values.length > 0 ? Math.max(...values) : null;

/** As measured, and until there are enough labels as estimated. */
function lossIn(
  { performance, estimate }: Found,
  { estimates }: Monitor['thresholds'],
): { value: number | null; source?: { estimated: true } } {
  if (performance) return { value: performance.loss ?? null };
  if (!estimates || estimate?.loss === undefined) return { value: null };
  return { value: estimate.loss, source: { estimated: true } };
}
