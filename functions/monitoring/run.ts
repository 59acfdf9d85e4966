import { AppError } from '#core/errors.ts';
import { Fingerprint } from '#core/monitoring/fingerprint.ts';
import { dueWindows, type Span, windowId } from '#core/monitoring/windows.ts';
import { readFeedback } from '#slices/feedback';
import { putFigures, putRaised } from './metrics.ts';
import { saying } from './observe.ts';
import { announcements, stepAll } from './outcomes.ts';
import type { FirstWindow } from './reference.ts';
import { type Earlier, examineWindow } from './report.ts';
import type { Report, ReportContent, ReportSummary } from './report-schema.ts';
import type { Monitor } from './schema.ts';
import {
  commit,
  digestOf,
  latestReport,
  readReport,
  readState,
  reportBefore,
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
/** Each is a read: fewer days of short windows. */
const MOST_REOPENED = 336;
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
  const reach = Math.min(REOPENED_MS, MOST_REOPENED * length);
  const from = Math.ceil((before - reach) / length) * length;
  const said = new Map<number, Fingerprint>();
  for await (const feedback of readFeedback({ endpoint, from, to: before })) {
    const start = Math.floor(Date.parse(feedback.at) / length) * length;
    const own = said.get(start) ?? new Fingerprint();
    own.add(saying(feedback));
    said.set(start, own);
  }
  const spans: Span[] = [];
  for (const [start, own] of [...said].sort(([a], [b]) => a - b)) {
    const span = { from: start, to: start + length };
    const latest = await latestReport(endpoint, span);
    if (latest && latest.said !== `${own}`) spans.push(span);
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
  const { content, inputs, said } = await examineWindow(
    monitor,
    span,
    await earlierOf(monitor, span),
  );
  const digest = digestOf(content);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const done = await record({ monitor, span, content, inputs, said, digest, run, next });
    if (!done) continue;
    if (done.isNew) await putFigures(content, done.before);
    await putRaised(monitor.endpoint, done.alarms);
    return { ...done.report, createdAt: done.createdAt };
  }
  throw new AppError('unavailable', 'other runs of this monitor were faster: try again');
}

async function earlierOf({ endpoint }: Monitor, span: Span): Promise<Earlier> {
  const [{ reference: first }, latest] = await Promise.all([
    stateOf(endpoint),
    latestReport(endpoint, span),
  ]);
  const before = async (said: string) => {
    // A window without new labels goes on from where it went on before, to the same end.
    const known = latest?.said === said ? latest.summary.conceptDrift : undefined;
    const report = known ? known.follows : await reportBefore(endpoint, span.from);
    if (report === undefined) return undefined;
    const { conceptDrift } = await readReport(endpoint, report);
    return conceptDrift && { report, conceptDrift };
  };
  return { first, before };
}

interface Examined {
  readonly monitor: Monitor;
  readonly span: Span;
  readonly content: ReportContent;
  readonly inputs: string;
  readonly said: string;
  readonly digest: string;
  readonly run: Run;
  readonly next: number | undefined;
}

/** @returns undefined where someone else was faster */
async function record(examined: Examined) {
  const { monitor, span, content, inputs, said, digest, run } = examined;
  const { endpoint } = monitor;
  const [latest, state] = [await latestReport(endpoint, span), await stateOf(endpoint)];
  const next = Math.max(state.next, examined.next ?? 0);
  const isSame = latest?.inputs === inputs || (latest?.digest === digest && latest.said === said);
  if (latest && isSame) {
    const moves = next > state.next ? [stateWrite(endpoint, { ...state, next }, state)] : [];
    if (moves.length > 0 && !(await commit(moves))) return undefined;
    return { ...known(latest.summary), alarms: state.alarms, isNew: false, before: [] };
  }
  const revision = (latest?.summary.revision ?? 0) + 1;
  const report: Report = { id: `${windowId(span)}-r${revision}`, revision, ...content };
  const steps = stepAll(monitor, state.alarms, { at: span.to, content });
  await writeReport(report, digest);
  const reference = state.reference ?? firstWindow(monitor, span, content);
  const written = await commit([
    reportWrite(report, { digest, inputs, said }, run.now),
    stateWrite(endpoint, { next, alarms: steps.states, reference }, state),
    ...announcements(report, steps.announced, run),
  ]);
  if (!written) return undefined;
  const before = latest?.summary.alarms ?? [];
  return { report, createdAt: run.now.toISOString(), alarms: steps.states, isNew: true, before };
}

/** What later windows are compared with, where nothing is named. */
const firstWindow = (
  { reference, minRows }: Monitor,
  span: Span,
  { rows, subject }: ReportContent,
): FirstWindow | undefined =>
  reference.kind === 'first-window' && rows >= minRows ? { ...span, subject } : undefined;

const known = ({ createdAt, ...report }: ReportSummary) => ({ report, createdAt });

async function stateOf(endpoint: string): Promise<State> {
  const state = await readState(endpoint);
  if (!state) throw new AppError('not-found', `"${endpoint}" has no monitor`);
  return state;
}
