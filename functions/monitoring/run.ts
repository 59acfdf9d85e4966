import { AppError } from '#core/errors.ts';
import { CALM, stepAlarm } from '#core/monitoring/alarm.ts';
import { dueWindows, type Span, windowId } from '#core/monitoring/windows.ts';
import type { Write } from '#shared/dynamo.ts';
import { readFeedback } from '#slices/feedback';
import { auditWrite } from '#slices/governance';
import { type AlarmName, type AlarmStates, alarmOf } from './alarms.ts';
import { putFigures, putRaised } from './metrics.ts';
import { messagesOf } from './observe.ts';
import { reasonOf } from './reasons.ts';
import { examineWindow } from './report.ts';
import type { Report, ReportContent, ReportSummary } from './report-schema.ts';
import type { Monitor } from './schema.ts';
import {
  commit,
  digestOf,
  latestReport,
  readState,
  reportWrite,
  type State,
  stateWrite,
  writeReport,
} from './store.ts';

const MINUTE = 60_000;
/** Of one run; what is left is for the next one. */
const MOST_WINDOWS = 24;
/** Windows that ended no longer ago are looked at again where something was said of them since. */
const REOPENED_MS = 7 * 24 * 60 * MINUTE;
const ATTEMPTS = 5;

export interface Run {
  readonly actor: string;
  readonly requestId?: string | undefined;
  readonly now: Date;
}

/**
 * Looks at every window that has ended and was not looked at, those of missed schedules included;
 * then again at those of which feedback has come in since.
 */
export async function runDue(monitor: Monitor, run: Run): Promise<ReportSummary[]> {
  const { endpoint, window } = monitor;
  const state = await stateOf(endpoint);
  const ended = run.now.getTime() - window.delayMinutes * MINUTE;
  const length = window.minutes * MINUTE;
  const made: ReportSummary[] = [];
  for (const span of dueWindows(state.next, ended, length, MOST_WINDOWS)) {
    made.push(await runWindow(monitor, span, run, span.to));
  }
  for (const span of await reopened(monitor, state.next)) {
    made.push(await runWindow(monitor, span, run));
  }
  // A run that broke off after its decision has put no metric.
  await putRaised(endpoint, (await stateOf(endpoint)).alarms);
  return made;
}

/** @returns windows before this time whose feedback is not what their newest report has seen */
async function reopened({ endpoint, window }: Monitor, before: number): Promise<Span[]> {
  const length = window.minutes * MINUTE;
  const from = Math.ceil((before - REOPENED_MS) / length) * length;
  const counts = new Map<number, number>();
  for await (const feedback of readFeedback({ endpoint, from, to: before })) {
    const start = Math.floor(Date.parse(feedback.at) / length) * length;
    counts.set(start, (counts.get(start) ?? 0) + messagesOf(feedback));
  }
  const spans: Span[] = [];
  for (const [start, labels] of [...counts].sort(([a], [b]) => a - b)) {
    const span = { from: start, to: start + length };
    const latest = await latestReport(endpoint, span);
    if (latest && latest.summary.labels !== labels) spans.push(span);
    if (spans.length === MOST_WINDOWS) break;
  }
  return spans;
}

/**
 * Looks at one window. The same data give the report that is there; other data, such as late
 * labels, give its next revision. Alarms step where the window is newer than the last they judged.
 *
 * @param next where the schedule is to go on, if this is its window
 */
export async function runWindow(
  monitor: Monitor,
  span: Span,
  run: Run,
  next?: number,
): Promise<ReportSummary> {
  const content = await examineWindow(monitor, span);
  const digest = digestOf(content);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const done = await record({ monitor, span, content, digest, run, next });
    if (!done) continue;
    if (done.isNew && done.report.revision === 1) await putFigures(content);
    await putRaised(monitor.endpoint, done.alarms);
    return { ...done.report, createdAt: done.createdAt };
  }
  throw new AppError('unavailable', 'other runs of this monitor were faster: try again');
}

interface Examined {
  readonly monitor: Monitor;
  readonly span: Span;
  readonly content: ReportContent;
  readonly digest: string;
  readonly run: Run;
  readonly next: number | undefined;
}

/** @returns undefined where someone else was faster */
async function record(examined: Examined) {
  const { monitor, span, content, digest, run } = examined;
  const { endpoint } = monitor;
  const [latest, state] = [await latestReport(endpoint, span), await stateOf(endpoint)];
  const next = Math.max(state.next, examined.next ?? 0);
  if (latest?.digest === digest) {
    const moves = next > state.next ? [stateWrite(endpoint, { ...state, next }, state)] : [];
    if (moves.length > 0 && !(await commit(moves))) return undefined;
    return { ...known(latest.summary), alarms: state.alarms, isNew: false };
  }
  const revision = (latest?.summary.revision ?? 0) + 1;
  const report: Report = { id: `${windowId(span)}-r${revision}`, revision, ...content };
  const steps = stepAll(monitor, state.alarms, { at: span.to, content });
  await writeReport(report, digest);
  const written = await commit([
    reportWrite(report, digest, run.now),
    stateWrite(endpoint, { next, alarms: steps.states }, state),
    ...announcements(report, steps.announced, run),
  ]);
  if (!written) return undefined;
  return { report, createdAt: run.now.toISOString(), alarms: steps.states, isNew: true };
}

const known = ({ createdAt, ...report }: ReportSummary) => ({ report, createdAt });

async function stateOf(endpoint: string): Promise<State> {
  const state = await readState(endpoint);
  if (!state) throw new AppError('not-found', `"${endpoint}" has no monitor`);
  return state;
}

/** Windows that cannot tell leave an alarm as it is, to be judged when their labels have come. */
function stepAll(
  { alarm }: Monitor,
  before: AlarmStates,
  { at, content }: { at: number; content: ReportContent },
): { states: AlarmStates; announced: AlarmName[] } {
  const { breaches, windows, coolDownMinutes } = alarm;
  const policy = { breaches, windows, coolDownMs: coolDownMinutes * MINUTE };
  const states: AlarmStates = { ...before };
  const announced: AlarmName[] = [];
  for (const { alarm: name, breached } of content.alarms) {
    if (breached === undefined) continue;
    const step = stepAlarm(states[name] ?? CALM, { at, breached }, policy);
    states[name] = step.state;
    if (step.announce) announced.push(name);
  }
  return { states, announced };
}

/** One event of each kind, and that the window is done. */
function announcements(report: Report, announced: readonly AlarmName[], run: Run): Write[] {
  const { endpoint, id, status } = report;
  const about = { actor: run.actor, requestId: run.requestId, resource: `endpoint/${endpoint}` };
  const events = new Set(announced.flatMap((name) => alarmOf(name).event ?? []));
  const alerts = [...events].map((name) => {
    const reason = reasonOf(name, report);
    const event = { name, detail: { endpoint, reason, report: id } };
    return auditWrite({ ...about, action: 'monitor.alert', after: { reason }, event, at: run.now });
  });
  const event = { name: 'MonitorCompleted', detail: { endpoint, report: id, status } } as const;
  return [...alerts, auditWrite({ ...about, action: 'monitor.run', event, at: run.now })];
}
