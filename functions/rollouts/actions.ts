import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { AppError } from '#core/errors.ts';
import { logger } from '#shared/observability.ts';
import { type By, changedMeanwhile } from '#slices/registry';
import { goBack, Overtaken, Superseded } from './moves.ts';
import { changed, ended, goingBack, noted, notGoingBack } from './record.ts';
import { Rollout, type RolloutRecord } from './schema.ts';
import { isActive, readRollout, saveRollout } from './store.ts';

const stepFunctions = new SFNClient({});
const MINUTE_MS = 60_000;
const ATTEMPTS = 4;

type Call = [endpoint: string, id: string, by: By, reason?: string, now?: Date];
type Action = (...called: Call) => Promise<Rollout>;
type Act = (
  seen: RolloutRecord,
  by: By,
  reason: string | undefined,
  now: Date,
) => Promise<RolloutRecord>;

/** Actions go by the state that they find: where the workflow was faster, they look again. */
async function persistently(act: Act, called: Call): Promise<Rollout> {
  const [endpoint, id, by, reason, now = new Date()] = called;
  for (let attempt = 1; ; attempt++) {
    try {
      return Rollout.parse(await act(await readRollout(endpoint, id), by, reason, now));
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error;
      if (attempt === ATTEMPTS) throw changedMeanwhile(`rollout ${id}`);
    }
  }
}

/** Stops the workflow and leaves the weights as they are, until it is resumed or aborted. */
export const pauseRollout: Action = (...called) => persistently(pause, called);

async function pause(seen: RolloutRecord, by: By, reason: string | undefined, now: Date) {
  if (seen.status === 'paused') return seen;
  requireStatus(seen, ['running', 'held']);
  const why = reason ?? `paused by ${by.actor}`;
  const after: RolloutRecord = { ...noted(seen, 'pause', why, now), status: 'paused', reason: why };
  await change(seen, after, by, 'pause', now);
  await stopExecution(seen);
  return after;
}

/** Goes on with the step that it stands at, whose time and counts begin anew. */
export const resumeRollout: Action = (...called) => persistently(resume, called);

async function resume(seen: RolloutRecord, by: By, reason: string | undefined, now: Date) {
  if (seen.status === 'running') return seen;
  requireStatus(seen, ['paused', 'held']);
  if (seen.pending?.back?.status === 'aborted') {
    throw new AppError('conflict', `rollout ${seen.id} is being aborted: abort it once more`);
  }
  const why = reason ?? `resumed by ${by.actor}`;
  const { reason: _, execution, ...rest } = noted(seen, 'resume', why, now);
  const after: RolloutRecord = {
    ...rest,
    status: 'running',
    generation: seen.generation + 1,
    ...(seen.step >= 0 && { stepStartedAt: nextMinute(now), restart: seen.generation }),
  };
  await change(seen, after, by, 'resume', now);
  return after;
}

/** Traffic is counted by the minute: of one that was half over, both halves would count. */
const nextMinute = (now: Date): string =>
  new Date(Math.ceil(now.getTime() / MINUTE_MS) * MINUTE_MS).toISOString();

/** Ends it: the endpoint goes back to what it was before. One that broke off is gone on with. */
export const abortRollout: Action = (...called) => persistently(abort, called);

async function abort(seen: RolloutRecord, by: By, reason: string | undefined, now: Date) {
  if (seen.status === 'aborted') return seen;
  requireStatus(seen, ['running', 'paused', 'held']);
  const begun = seen.pending?.back?.status === 'aborted';
  const why = reason ?? `aborted by ${by.actor}`;
  const stopped = begun ? seen : await stopForGood(seen, why, by, now);
  const after = await backWithdrawn(stopped, by, now);
  await change(stopped, after, by, 'abort', now);
  return after;
}

/** Its workflow does nothing more from here on, and what is to happen is on record. */
async function stopForGood(seen: RolloutRecord, why: string, by: By, now: Date) {
  const pending = goingBack(seen, { status: 'aborted', reason: why });
  const stopped: RolloutRecord = { ...seen, status: 'paused', reason: why, pending };
  await change(seen, stopped, by, 'pause', now);
  await stopExecution(seen);
  return { ...stopped, changes: seen.changes + 1 };
}

/** As it was before, or, where someone else has changed the endpoint, as they left it. */
async function backWithdrawn(stopped: RolloutRecord, by: By, now: Date): Promise<RolloutRecord> {
  const why = stopped.pending?.back?.reason as string;
  const aborted = noted(stopped, 'abort', why, now);
  try {
    const endpointRevision = await goBack(stopped, why, by);
    return { ...ended(aborted, 'aborted', why, now), endpointRevision };
  } catch (error) {
    if (error instanceof Superseded) return ended(aborted, 'superseded', error.message, now);
    if (error instanceof AppError && error.code !== 'unavailable') await stay(stopped, error);
    throw error;
  }
}

/** What cannot go back stays as it is, paused: it can be resumed, too. */
async function stay(stopped: RolloutRecord, { message }: AppError): Promise<void> {
  const reason = `${stopped.reason}; but ${message}`;
  await saveRollout(stopped, { ...notGoingBack(stopped), reason });
}

async function change(
  seen: RolloutRecord,
  after: RolloutRecord,
  by: By,
  verb: 'pause' | 'resume' | 'abort',
  now: Date,
): Promise<void> {
  const event = {
    pause: 'RolloutPaused',
    resume: 'RolloutResumed',
    abort: 'RolloutEnded',
  } as const;
  const saved = await saveRollout(
    seen,
    after,
    changed(after, verb, { ...by, event: event[verb] }, now),
  );
  if (!saved) throw new Overtaken(`rollout ${seen.id} was changed`);
}

function requireStatus({ id, status }: Rollout, allowed: readonly Rollout['status'][]): void {
  if (allowed.includes(status)) return;
  const why = isActive({ status }) ? `is ${status}` : `has ended: ${status}`;
  throw new AppError('conflict', `rollout ${id} ${why}`);
}

/** Only sooner than by itself: at its next look the workflow finds that it has nothing to do. */
async function stopExecution({ id, status, execution }: RolloutRecord): Promise<void> {
  if (status !== 'running' || !execution) return;
  try {
    const command = new StopExecutionCommand({ executionArn: execution, cause: 'paused' });
    await stepFunctions.send(command);
  } catch (error) {
    logger.warn('the workflow of a rollout could not be stopped', { rollout: id, error });
  }
}
