import { hourPrefix, hoursOf } from '#core/capture/keys.ts';
import type { Span } from '#core/monitoring/windows.ts';
import { latencyOf, readTraffic, type VariantTraffic } from '#slices/traffic';
import type { AlarmName } from './alarms.ts';
import { type Comparison, compare } from './compare.ts';
import { observe } from './observe.ts';
import { performanceOf, readExamined } from './performance.ts';
import { readReference, type Subject, versionOf } from './reference.ts';
import type { AlarmFigure, ReportContent } from './report-schema.ts';
import type { Monitor } from './schema.ts';

/** What a window's data say. The same data give the same report, whoever asks and however often. */
export async function examineWindow(monitor: Monitor, span: Span): Promise<ReportContent> {
  const { endpoint } = monitor;
  const traffic = await readTraffic(endpoint, span);
  const answering = traffic.variants.filter(({ shadow }) => !shadow);
  const subject = subjectOf(answering);
  const version = await versionOf(subject);
  const [reference, examined] = await Promise.all([
    readReference(monitor, endpoint, version),
    readExamined(version),
  ]);
  const observation = await observe(endpoint, span, { subject, reference });
  const { importance } = examined;
  const comparison = reference && compare(observation, reference, { spec: monitor, importance });
  const performance = performanceOf(observation.known, version?.signature, {
    spec: monitor,
    examined,
  });
  const health = healthOf(answering, traffic.missing);
  const { rows } = observation.profile;
  const found = {
    ...{ status: statusOf(comparison), reference: reference?.name ?? 'nothing' },
    ...{ referenceRows: reference?.rows ?? 0, rows, labels: observation.labels },
    driftedShare: shareOf(comparison),
    features: comparison?.features ?? [],
    outputs: comparison?.outputs ?? [],
    notCompared: comparison?.notCompared ?? [],
    quality: comparison?.quality ?? [],
    ...(performance && { performance }),
    health,
  };
  return {
    endpoint,
    ...{ from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() },
    monitorRevision: monitor.revision,
    ...(subject && { subject }),
    ...found,
    alarms: alarmFigures(found, monitor),
    captures: hoursOf(span.from, span.to).map((hour) => hourPrefix('captures', endpoint, hour)),
  };
}

/** Who answered most requests; of equals the first by name and version. */
function subjectOf(answering: readonly VariantTraffic[]): Subject | undefined {
  const [most] = [...answering].sort(
    (a, b) =>
      b.summary.requests - a.summary.requests ||
      (a.variant < b.variant ? -1 : 1) ||
      b.version - a.version,
  );
  return most && { variant: most.variant, model: most.model, version: most.version };
}

const statusOf = (comparison: Comparison | undefined): ReportContent['status'] =>
  comparison?.verdict.status ?? 'no-reference';

function shareOf(comparison: Comparison | undefined): number | null {
  if (!comparison || comparison.verdict.status === 'insufficient-data') return null;
  return comparison.verdict.data.columns > 0 ? comparison.verdict.data.share : null;
}

function healthOf(answering: readonly VariantTraffic[], missing: number): ReportContent['health'] {
  const sum = (count: 'requests' | 'clientErrors' | 'serverErrors') =>
    answering.reduce((total, { summary }) => total + summary[count], 0);
  const [requests, serverErrors] = [sum('requests'), sum('serverErrors')];
  const latencies = answering.flatMap(({ summary }) => latencyOf(summary).p95 ?? []);
  return {
    requests,
    clientErrors: sum('clientErrors'),
    serverErrors,
    errorRate: requests > 0 ? serverErrors / requests : null,
    p95LatencyMs: latencies.length > 0 ? Math.max(...latencies) : null,
    missing,
  };
}

type Found = Pick<
  ReportContent,
  'driftedShare' | 'features' | 'quality' | 'performance' | 'health' | 'status'
>;

function alarmFigures(found: Found, { thresholds: t }: Monitor): AlarmFigure[] {
  const { driftedShare, features, quality, performance, health, status } = found;
  const compared = status === 'stable' || status === 'drifted';
  const worst = features.length > 0 ? Math.max(...features.map(({ strength }) => strength)) : null;
  const figure = (alarm: AlarmName, value: number | null, threshold: number): AlarmFigure => ({
    ...{ alarm, value, threshold },
    ...(value !== null && { breached: value >= threshold }),
  });
  const silent = health.requests < t.minRequests;
  return [
    figure('drift-share', driftedShare, t.driftedShare),
    figure('worst-feature', worst, t.worstFeature),
    figure('data-quality', compared ? quality.length : null, 1),
    figure('accuracy-drop', performance?.loss ?? null, t.accuracyDrop),
    figure('error-rate', health.errorRate, t.errorRate),
    figure('p95-latency', health.p95LatencyMs, t.p95LatencyMs),
    {
      ...{ alarm: 'no-traffic', value: health.requests, threshold: t.minRequests },
      breached: silent,
    },
  ];
}
