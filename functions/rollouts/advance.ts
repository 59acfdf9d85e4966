import { AppError } from '#core/errors.ts';
import { readEvidence } from './evidence.ts';
import { judge } from './judge.ts';
import { goBack, moveTo, ownEndpoint, Superseded } from './moves.ts';
import { changed, ended, noted } from './record.ts';
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
    if (!(error instanceof Superseded || error instanceof AppError)) throw error;
    if (error instanceof AppError && error.code === 'unavailable') throw error;
    // What went wrong may have come after a change of the record.
    const latest = {
      ...(await readRollout(look.endpoint, look.rollout)),
      execution: look.execution,
    };
    if (latest.status !== 'running') return DONE;
    if (error instanceof Superseded) return end(latest, 'superseded', error.message, now);
    return backOut(latest, { status: 'failed', reason: error.message }, now);
  }
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
  return saved ? { done: false, waitSeconds: pace(record) } : { done: false, waitSeconds: 1 };
}

const progressOf = ({ stepStartedAt, ...record }: RolloutRecord, now: Date) => ({
  seconds: (now.getTime() - Date.parse(stepStartedAt as string)) / 1000,
  bakeSeconds: record.bakeSeconds,
  patienceSeconds: record.patienceSeconds,
  judgedSteps: Math.max(1, record.steps.length - 1),
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
  if (record.step >= last)
    return end(noted(record, 'promote', reason, now), 'promoted', reason, now);
  return begin(record, record.step + 1, reason, now);
}

/** Says what will be done before it is done, so that a crash in between leaves no doubt. */
async function begin(record: RolloutRecord, to: number, why: string, now: Date): Promise<Next> {
  const weight = record.steps[to] as number;
  const pending = {
    step: to,
    reason: `rollout ${record.id}: ${weight} % for ${record.variant} (${why})`,
  };
  const after = { ...record, pending };
  if (!(await saveRollout(record, after))) return { done: false, waitSeconds: 1 };
  return step({ ...after, changes: record.changes + 1 }, to, now);
}

async function step(record: RolloutRecord, to: number, now: Date): Promise<Next> {
  const { reason } = record.pending as NonNullable<RolloutRecord['pending']>;
  const endpointRevision = await moveTo(record, to, reason);
  const { pending, requests, findings, ...rest } = record;
  const moved = { ...rest, step: to, endpointRevision, stepStartedAt: now.toISOString() };
  const after = noted(moved, to === 0 ? 'start' : 'advance', reason, now);
  const whole = (record.steps[to] as number) >= 100;
  if (whole && record.steps.length > 1) {
    return end(
      noted(after, 'promote', 'it has all the traffic', now),
      'promoted',
      reason,
      now,
      record,
    );
  }
  const change = changed(after, 'advance', { ...SKIFF, event: 'RolloutAdvanced' }, now);
  if (await saveRollout(record, after, change)) return { done: false, waitSeconds: pace(record) };
  return undoneMeanwhile({ ...record, endpointRevision });
}

async function hold(record: RolloutRecord, reason: string, now: Date): Promise<Next> {
  const after: RolloutRecord = { ...noted(record, 'hold', reason, now), status: 'held', reason };
  const saved = await saveRollout(
    record,
    after,
    changed(after, 'hold', { ...SKIFF, event: 'RolloutPaused' }, now),
  );
  return saved ? DONE : { done: false, waitSeconds: 1 };
}

/** Someone aborted while the endpoint was being changed: what came too late is taken back. */
async function undoneMeanwhile(moved: RolloutRecord): Promise<Next> {
  const { status } = await readRollout(moved.endpoint, moved.id);
  if (status === 'aborted') await goBack(moved, 'it was aborted meanwhile', SKIFF);
  return { done: false, waitSeconds: 1 };
}

interface Back {
  readonly status: 'rolled-back' | 'failed';
  readonly reason: string;
}

/** Says that it goes back before it does, so that a crash in between does not lose why. */
async function backOut(record: RolloutRecord, back: Back, now: Date): Promise<Next> {
  const pending = { step: record.step, reason: record.pending?.reason ?? '', back };
  const after = { ...record, pending };
  if (!(await saveRollout(record, after))) return { done: false, waitSeconds: 1 };
  return finishBack({ ...after, changes: record.changes + 1 }, back, now);
}

async function finishBack(record: RolloutRecord, back: Back, now: Date): Promise<Next> {
  const { status, reason } = back;
  try {
    const endpointRevision = await goBack(record, reason, SKIFF);
    const after = { ...noted(record, 'roll-back', reason, now), endpointRevision };
    return await end(after, status, reason, now, record);
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'unavailable') throw error;
    const { pending, ...rest } = record;
    return hold({ ...rest }, `${reason}; but it cannot go back: ${error.message}`, now);
  }
}

async function end(
  record: RolloutRecord,
  status: 'promoted' | 'rolled-back' | 'superseded' | 'failed',
  reason: string,
  now: Date,
  seen: RolloutRecord = record,
): Promise<Next> {
  const after = ended(record, status, reason, now);
  const change = changed(after, 'end', { ...SKIFF, event: 'RolloutEnded' }, now);
  return (await saveRollout(seen, after, change)) ? DONE : { done: false, waitSeconds: 1 };
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
