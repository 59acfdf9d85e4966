import { createHash } from 'node:crypto';
import { hourPrefix, hoursOf } from '#core/capture/keys.ts';
import type { Span } from '#core/monitoring/windows.ts';
import { latencyOf, readSummedRows, readTraffic, type VariantTraffic } from '#slices/traffic';
import { alarmFigures } from './alarm-figures.ts';
import type { Before } from './concept-drift.ts';
import { readExamined } from './examined.ts';
import { findingsOf } from './findings.ts';
import { observe } from './observe.ts';
import { type FirstWindow, readReference, type Subject, versionOf } from './reference.ts';
import type { ReportContent } from './report-schema.ts';
import type { Monitor } from './schema.ts';

export interface Earlier {
  /** The window that was taken for the reference where none is named. */
  readonly first: FirstWindow | undefined;
  /** What detectors of concept drift go on with. @param said which feedback there is on the window */
  before(said: string): Promise<Before | undefined>;
}

export interface Examination {
  readonly content: ReportContent;
  /**
   * What it was made from. The figures themselves differ in their last digits with the order in
   * which rows are read, and compacting changes that.
   */
  readonly inputs: string;
  /** Which feedback that includes. */
  readonly said: string;
}

/** What a window's data say. The same data give the same report, whoever asks and however often. */
export async function examineWindow(
  monitor: Monitor,
  span: Span,
  earlier: Earlier,
): Promise<Examination> {
  const { endpoint, segments } = monitor;
  const traffic = await readTraffic(endpoint, span);
  const answering = traffic.variants.filter(({ shadow }) => !shadow);
  const subject = subjectOf(answering) ?? (await summedSubject(endpoint, span));
  const version = await versionOf(subject);
  const [reference, examined] = await Promise.all([
    isAfter(monitor, span, earlier.first)
      ? readReference(monitor.reference, { endpoint, version, first: earlier.first, segments })
      : undefined,
    readExamined(version),
  ]);
  const observation = await observe(endpoint, span, { subject, reference, segments });
  const before = await earlier.before(observation.said);
  const health = healthOf(answering, traffic.missing);
  const found = {
    ...findingsOf(monitor, {
      ...{ observation, reference, examined, signature: version?.signature, subject, before },
    }),
    health,
  };
  const content = {
    endpoint,
    ...{ from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() },
    monitorRevision: monitor.revision,
    ...(subject && { subject }),
    ...found,
    alarms: alarmFigures(found, monitor),
    captures: hoursOf(span.from, span.to).map((hour) => hourPrefix('captures', endpoint, hour)),
  };
  const { fingerprint, labels, said } = observation;
  const { scored, importance, ...measured } = examined;
  const inputs = JSON.stringify([
    ...[monitor.revision, subject, health, fingerprint, labels, said],
    ...[reference?.fingerprint, before?.report],
    ...[measured, [...importance], scored?.features.rows],
  ]);
  return { content, inputs: createHash('sha256').update(inputs).digest('hex'), said };
}

/** The first window is compared with nothing, itself least of all. */
const isAfter = ({ reference }: Monitor, { from }: Span, first: Span | undefined): boolean =>
  reference.kind !== 'first-window' || (first !== undefined && from >= first.to);

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

/** Without requests: the version that most rows were summed up of, as jobs do. */
async function summedSubject(endpoint: string, span: Span): Promise<Subject | undefined> {
  const found = new Map<string, { readonly subject: Subject; readonly rows: number }>();
  for await (const { variant, model, version, profile } of readSummedRows({ endpoint, ...span })) {
    const key = `${variant} ${version}`;
    const rows = (found.get(key)?.rows ?? 0) + profile.rows;
    found.set(key, { subject: { variant, model, version }, rows });
  }
  const [most] = [...found.entries()].sort(
    ([a, first], [b, second]) => second.rows - first.rows || (a < b ? -1 : 1),
  );
  return most?.[1].subject;
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
