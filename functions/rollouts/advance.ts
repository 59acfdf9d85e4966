import { AppError } from '#core/errors.ts';
import type { Change } from '#slices/governance';
import { readEvidence } from './evidence.ts';
import { judge } from './judge.ts';
import { goBack, moveTo, Overtaken, ownEndpoint, Superseded } from './moves.ts';
import { changed, ended, goingBack, noted, notGoingBack } from './record.ts';
import type { RolloutRecord } from './schema.ts';
import { readRollout, saveRollout } from './store.ts';

const SKIFF = { actor: 'skiff' };

/** One look of a workflow at its rollout. */
export interface Look {
  readonly endpoint: string;
  readonly rollout: string;
  readonly generation: number;
  /** The workflow's own name. */
  readonly execution: string;
}

export interface Next {
  readonly done: boolean;
  /** Until the next look. */
  readonly waitSeconds: number;
}

const DONE: Next = { done: true, waitSeconds: 0 };
/** Someone else was faster, or something is left to do. */
const AGAIN: Next = { done: false, waitSeconds: 1 };

/**
 * Looks at a rollout and does what is due: its first step, the next one, or going back. Safe to
 * repeat at any point: what was done is found and not done again.
 */
export async function advance(look: Look, now = new Date()): Promise<Next> {
  const record = await readRollout(look.endpoint, look.rollout);
  if (record.status !== 'running' || record.generation !== look.generation) return DONE;
  const seen = { ...record, execution: look.execution };
  try {
    return await proceed(seen, now);
  } catch (error) {
    return giveUp(look, error, now);
  }
}

/** What cannot be done ends the rollout; what may work later is tried again by the workflow. */
async function giveUp(look: Look, error: unknown, now: Date): Promise<Next> {
  if (error instanceof Overtaken) return AGAIN;
  if (!(error instanceof Superseded || error instanceof AppError)) throw error;
  if (error instanceof AppError && error.code === 'unavailable') throw error;
  // What went wrong may have come after a change of the record.
  const read = await readRollout(look.endpoint, look.rollout);
  if (read.status !== 'running' || read.generation !== look.generation) return DONE;
  const latest = { ...read, execution: look.execution };
  if (error instanceof Superseded) {
    return end(latest, { status: 'superseded', reason: error.message }, now);
  }
  await sayBack(latest, { status: 'failed', reason: error.message });
  return AGAIN;
}

async function proceed(record: RolloutRecord, now: Date): Promise<Next> {
  if (record.pending?.back) return finishBack(record, record.pending.back, now);
  if (record.pending) return step(record, record.pending.step, now);
  if (record.step < 0) return begin(record, 0, 'the rollout starts', now);
  await ownEndpoint(record);
  const evidence = await readEvidence(record, now);
  const judgement = judge(evidence, record.criteria, progressOf(record, now));
  const { decision, reason } = judgement;
  const { requests } = evidence.fresh;
  const judged = { ...record, requests, findings: [...judgement.findings] };
  if (decision === 'roll-back') return backOut(judged, { status: 'rolled-back', reason }, now);
  if (decision === 'advance') return goOn(judged, reason, now);
  if (decision === 'hold') return hold(judged, reason, now);
  const saved = await saveRollout(record, judged);
  return saved ? { done: false, waitSeconds: pace(record) } : AGAIN;
}

const progressOf = ({ stepStartedAt, ...record }: RolloutRecord, now: Date) => ({
  seconds: (now.getTime() - Date.parse(stepStartedAt as string)) / 1000,
  bakeSeconds: record.bakeSeconds,
  patienceSeconds: record.patienceSeconds,
  judgedSteps: Math.max(1, record.steps.length - 1),
  restart: record.restart ?? 0,
});

/** An execution has 25,000 events, and a look takes nine. */
const MOST_LOOKS = 2_000;

/** Thirty looks at a step, or every five minutes; fewer where the rollout may last so long. */
const pace = ({ bakeSeconds, patienceSeconds, steps }: RolloutRecord): number =>
  Math.max(
    2,
    Math.min(300, Math.ceil(bakeSeconds / 30)),
    Math.ceil((steps.length * patienceSeconds) / MOST_LOOKS),
  );

/** All that is left to do where the last step has passed is to say so. */
async function goOn(record: RolloutRecord, reason: string, now: Date): Promise<Next> {
  const last = record.steps.length - 1;
  if (record.step < last) return begin(record, record.step + 1, reason, now);
  return end(noted(record, 'promote', reason, now), { status: 'promoted', reason }, now);
}

/** Says what will be done before it is done, so that a crash in between leaves no doubt. */
async function begin(record: RolloutRecord, to: number, why: string, now: Date): Promise<Next> {
  const weight = record.steps[to] as number;
  const pending = {
    step: to,
    reason: `rollout ${record.id}: ${weight} % for ${record.variant} (${why})`,
  };
  const after = { ...record, pending };
  if (!(await saveRollout(record, after))) return AGAIN;
  return step({ ...after, changes: record.changes + 1 }, to, now);
}

async function step(record: RolloutRecord, to: number, now: Date): Promise<Next> {
  const { reason } = record.pending as NonNullable<RolloutRecord['pending']>;
  const endpointRevision = await moveTo(record, to, reason);
  const { pending, requests, findings, restart, ...rest } = record;
  const moved = { ...rest, step: to, endpointRevision, stepStartedAt: now.toISOString() };
  const after = noted(moved, to === 0 ? 'start' : 'advance', reason, now);
  const change = changed(after, 'advance', { ...SKIFF, event: 'RolloutAdvanced' }, now);
  const isLast = (record.steps[to] as number) >= 100 && record.steps.length > 1;
  if (isLast) {
    const promoted = noted(after, 'promote', 'it has all the traffic', now);
    return end(promoted, { status: 'promoted', reason }, now, { seen: record, with: [change] });
  }
  const saved = await saveRollout(record, after, change);
  return saved ? { done: false, waitSeconds: pace(record) } : AGAIN;
}

async function hold(record: RolloutRecord, reason: string, now: Date): Promise<Next> {
  const after: RolloutRecord = { ...noted(record, 'hold', reason, now), status: 'held', reason };
  const change = changed(after, 'hold', { ...SKIFF, event: 'RolloutPaused' }, now);
  return (await saveRollout(record, after, change)) ? DONE : AGAIN;
}

type Back = NonNullable<NonNullable<RolloutRecord['pending']>['back']>;

/** Goes back, at once. */
async function backOut(record: RolloutRecord, back: Back, now: Date): Promise<Next> {
  const said = await sayBack(record, back);
  return said ? finishBack(said, back, now) : AGAIN;
}

/** Says that it goes back before it does, so that a crash in between does not lose why. */
async function sayBack(record: RolloutRecord, back: Back): Promise<RolloutRecord | undefined> {
  const after = { ...record, pending: goingBack(record, back) };
  const saved = await saveRollout(record, after);
  return saved ? { ...after, changes: record.changes + 1 } : undefined;
}

async function finishBack(record: RolloutRecord, back: Back, now: Date): Promise<Next> {
  const { reason } = back;
  try {
    const endpointRevision = await goBack(record, reason, SKIFF);
    const after = { ...noted(record, 'roll-back', reason, now), endpointRevision };
    return await end(after, back, now, { seen: record });
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'unavailable') throw error;
    return hold(notGoingBack(record), `${reason}; but it cannot go back: ${error.message}`, now);
  }
}

interface Ending {
  readonly status: 'promoted' | 'rolled-back' | 'superseded' | 'failed' | 'aborted';
  readonly reason: string;
}

interface Together {
  readonly seen?: RolloutRecord;
  /** Changes that come with it. */
  readonly with?: readonly Change[];
}

async function end(
  record: RolloutRecord,
  { status, reason }: Ending,
  now: Date,
  { seen = record, with: more = [] }: Together = {},
): Promise<Next> {
  const after = ended(record, status, reason, now);
  const change = changed(after, 'end', { ...SKIFF, event: 'RolloutEnded' }, now);
  return (await saveRollout(seen, after, ...more, change)) ? DONE : AGAIN;
}

/** The workflow broke off: the endpoint goes on serving as it is, and the record says so. */
export async function breakOff(
  { endpoint, rollout, generation }: Omit<Look, 'execution'>,
  why: string,
  now = new Date(),
): Promise<void> {
  const record = await readRollout(endpoint, rollout);
  if (record.status !== 'running' || record.generation !== generation) return;
  const reason = `${why}; the endpoint goes on serving with the weights it has: resume or abort`;
  const { done } = await hold(record, reason, now);
  if (!done) throw new AppError('unavailable', `rollout ${rollout} is being changed: try again`);
}
