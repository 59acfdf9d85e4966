import { AppError } from '#core/errors.ts';
import { getEndpoint } from '#slices/deployments';
import { readEvidence } from './evidence.ts';
import { type Judgement, judge } from './judge.ts';
import { goBack, moveTo, Superseded } from './moves.ts';
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
    if (error instanceof Superseded) return end(seen, 'superseded', error.message, now);
    if (!(error instanceof AppError) || error.code === 'unavailable') throw error;
    return backOut(seen, 'failed', error.message, now);
  }
}

async function proceed(record: RolloutRecord, now: Date): Promise<Next> {
  if (record.pending) return step(record, record.pending.step, now);
  if (record.step < 0) return begin(record, 0, 'the rollout starts', now);
  await checkOurs(record);
  const judgement = judge(
    await readEvidence(record, now),
    record.criteria,
    progressOf(record, now),
  );
  if (judgement.decision === 'roll-back') {
    return backOut(withFindings(record, judgement), 'rolled-back', judgement.reason, now);
  }
  if (judgement.decision === 'advance')
    return goOn(withFindings(record, judgement), judgement, now);
  if (judgement.decision === 'hold')
    return hold(withFindings(record, judgement), judgement.reason, now);
  const saved = await saveRollout(record, withFindings(record, judgement));
  return saved ? { done: false, waitSeconds: pace(record) } : { done: false, waitSeconds: 1 };
}

const progressOf = ({ stepStartedAt, ...record }: RolloutRecord, now: Date) => ({
  seconds: (now.getTime() - Date.parse(stepStartedAt as string)) / 1000,
  bakeSeconds: record.bakeSeconds,
  patienceSeconds: record.patienceSeconds,
  judgedSteps: Math.max(1, record.steps.length - 1),
});

/** Thirty looks at a step: a day's step costs no more than a minute's. */
const pace = ({ bakeSeconds }: RolloutRecord): number =>
  Math.max(2, Math.min(300, Math.ceil(bakeSeconds / 30)));

const withFindings = (record: RolloutRecord, { findings }: Judgement): RolloutRecord => ({
  ...record,
  findings: [...findings],
});

async function checkOurs({ endpoint, endpointRevision }: RolloutRecord): Promise<void> {
  const { revision, updatedBy } = await getEndpoint(endpoint);
  if (revision === endpointRevision) return;
  throw new Superseded(`${updatedBy} made revision ${revision} of the endpoint meanwhile`);
}

/** All that is left to do where the last step has passed is to say so. */
async function goOn(record: RolloutRecord, { reason }: Judgement, now: Date): Promise<Next> {
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
  await saveRollout(record, after, change);
  return { done: false, waitSeconds: pace(record) };
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

async function backOut(
  record: RolloutRecord,
  status: 'rolled-back' | 'failed',
  reason: string,
  now: Date,
): Promise<Next> {
  const endpointRevision = await goBack(record, `rollout ${record.id} went back: ${reason}`, SKIFF);
  const after = { ...noted(record, 'roll-back', reason, now), endpointRevision };
  return end(after, status, reason, now, record);
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
  await hold(record, reason, now);
}
