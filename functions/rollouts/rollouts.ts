import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { ulid } from 'ulid';
import { AppError, invalidField } from '#core/errors.ts';
import { MAX_VARIANTS } from '#core/routing/slots.ts';
import { earlierResult, type Idempotency, rememberWrite } from '#shared/idempotency.ts';
import { logger } from '#shared/observability.ts';
import { type Endpoint, getEndpoint } from '#slices/deployments';
import { type By, changedMeanwhile, getAlias, getVersion } from '#slices/registry';
import { unknownAlarms } from './evidence.ts';
import { goBack, Overtaken, Superseded } from './moves.ts';
import { stepsOf } from './plan.ts';
import { changed, ended, goingBack, noted, notGoingBack } from './record.ts';
import { type NewRollout, Rollout, type RolloutRecord } from './schema.ts';
import { activeRollout, insertRollout, isActive, readRollout, saveRollout } from './store.ts';

const stepFunctions = new SFNClient({});
const PATIENCE = 4;
const MINUTE_MS = 60_000;

/**
 * Puts a rollout on record; the event of that record starts its workflow, so that there is never
 * one without the other.
 *
 * @throws AppError `conflict` where one is under way or the version may not be served
 */
export async function startRollout(
  endpoint: string,
  wanted: NewRollout,
  by: By & { idempotency?: Idempotency | undefined },
  now = new Date(),
): Promise<Rollout> {
  const { idempotency, ...caller } = by;
  const earlier = await earlierResult(idempotency);
  if (earlier !== undefined) return Rollout.parse(await readRollout(endpoint, earlier));
  const current = await getEndpoint(endpoint);
  const version = await approvedVersion(wanted);
  const record = newRecord(current, wanted, { version, actor: by.actor, now });
  checkRoom(current, record);
  await checkAlarms(record);
  const remember = idempotency ? [rememberWrite(idempotency, record.id, now)] : [];
  const change = changed(record, 'start', { ...caller, event: 'RolloutStarted' }, now);
  if (await insertRollout(record, change, remember)) return Rollout.parse(record);
  const other = await activeRollout(endpoint);
  if (other === undefined) throw changedMeanwhile(`endpoint "${endpoint}"`);
  throw new AppError('conflict', `rollout ${other} of "${endpoint}" is under way: abort it first`);
}

async function approvedVersion({ model, version, alias }: NewRollout): Promise<number> {
  const number = version ?? (await getAlias(model, alias as string)).version;
  const { status } = await getVersion(model, number);
  if (status === 'approved') return number;
  throw new AppError(
    'conflict',
    `version ${number} of "${model}" is ${status}: only approved versions are rolled out`,
  );
}

function newRecord(
  endpoint: Endpoint,
  wanted: NewRollout,
  { version, actor, now }: { version: number; actor: string; now: Date },
): RolloutRecord {
  const { model, strategy, bakeSeconds, criteria } = wanted;
  return {
    id: ulid(now.getTime()),
    endpoint: endpoint.name,
    status: 'running',
    model,
    version,
    variant: wanted.variant ?? `v${version}`,
    strategy,
    bakeSeconds,
    patienceSeconds: wanted.patienceSeconds ?? PATIENCE * bakeSeconds,
    criteria,
    steps: stepsOf(strategy),
    step: -1,
    decisions: [],
    startedFrom: { revision: endpoint.revision, variants: endpoint.variants },
    endpointRevision: endpoint.revision,
    requestedBy: actor,
    createdAt: now.toISOString(),
    changes: 1,
    generation: 1,
  };
}

function checkRoom(
  { variants, shadows, strategy }: Endpoint,
  { variant, model, version, steps }: RolloutRecord,
): void {
  if (strategy.kind === 'bandit') {
    throw new AppError(
      'conflict',
      'the endpoint is a bandit, which moves weights itself: make it weighted first',
    );
  }
  if ([...variants, ...shadows].some(({ name }) => name === variant)) {
    const message = `"${variant}" is a variant or a shadow of the endpoint: choose another name`;
    throw invalidField('variant', message);
  }
  if (steps.length > 1 && variants.length >= MAX_VARIANTS) {
    throw new AppError(
      'conflict',
      `the endpoint has ${variants.length} variants, and no room for another one beside them: take one away, or roll out all at once`,
    );
  }
  if (variants.length === 1 && variants[0]?.model === model && variants[0].version === version) {
    throw new AppError('conflict', `version ${version} of "${model}" has all the traffic already`);
  }
}

async function checkAlarms({ criteria }: RolloutRecord): Promise<void> {
  const [unknown] = await unknownAlarms(criteria.alarms);
  if (unknown !== undefined)
    throw invalidField('criteria.alarms', `there is no alarm "${unknown}"`);
}

/** Stops the workflow and leaves the weights as they are, until it is resumed or aborted. */
export async function pauseRollout(
  endpoint: string,
  id: string,
  by: By,
  reason?: string,
  now = new Date(),
) {
  const seen = await readRollout(endpoint, id);
  if (seen.status === 'paused') return Rollout.parse(seen);
  requireStatus(seen, ['running', 'held']);
  const why = reason ?? `paused by ${by.actor}`;
  const after: RolloutRecord = { ...noted(seen, 'pause', why, now), status: 'paused', reason: why };
  await change(seen, after, by, 'pause', now);
  await stopExecution(seen);
  return Rollout.parse(after);
}

/** Goes on with the step that it stands at, whose time and counts begin anew. */
export async function resumeRollout(
  endpoint: string,
  id: string,
  by: By,
  reason?: string,
  now = new Date(),
) {
  const seen = await readRollout(endpoint, id);
  if (seen.status === 'running') return Rollout.parse(seen);
  requireStatus(seen, ['paused', 'held']);
  if (seen.pending?.back?.status === 'aborted') {
    throw new AppError('conflict', `rollout ${id} is being aborted: abort it once more`);
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
  return Rollout.parse(after);
}

/** Traffic is counted by the minute: of one that was half over, both halves would count. */
const nextMinute = (now: Date): string =>
  new Date(Math.ceil(now.getTime() / MINUTE_MS) * MINUTE_MS).toISOString();

/** Ends it: the endpoint goes back to what it was before. One that broke off is gone on with. */
export async function abortRollout(
  endpoint: string,
  id: string,
  by: By,
  reason?: string,
  now = new Date(),
) {
  const seen = await readRollout(endpoint, id);
  if (seen.status === 'aborted') return Rollout.parse(seen);
  requireStatus(seen, ['running', 'paused', 'held']);
  const begun = seen.pending?.back?.status === 'aborted';
  const why = reason ?? `aborted by ${by.actor}`;
  const stopped = begun ? seen : await stopForGood(seen, why, by, now);
  const after = await backWithdrawn(stopped, by, now);
  await change(stopped, after, by, 'abort', now);
  return Rollout.parse(after);
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
    if (error instanceof Overtaken) throw changedMeanwhile(`rollout ${stopped.id}`);
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
  if (!saved) throw changedMeanwhile(`rollout ${seen.id}`);
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
