import { createHash } from 'node:crypto';
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { ulid } from 'ulid';
import { progressOf } from '#core/batch/progress.ts';
import { AppError } from '#core/errors.ts';
import { transact, type Write } from '#shared/dynamo.ts';
import { earlierResult, type Idempotency, rememberWrite } from '#shared/idempotency.ts';
import { auditWrite } from '#slices/governance';
import { type By, changedMeanwhile } from '#slices/registry';
import type { EventName } from '../../events/catalogue.ts';
import { Job, type JobWithProgress, type NewJob } from './schema.ts';
import { settings } from './settings.ts';
import { findJob, jobItem, jobWrite, newJobWrite, readJob, readShards } from './store.ts';

const stepFunctions = new SFNClient({});

export const isFinished = ({ status }: Pick<Job, 'status'>): boolean =>
  status !== 'queued' && status !== 'running';

/** Object key, version and endpoint make the id: the same drop told twice is one job. */
export function idOfDrop(endpoint: string, key: string, content: string): string {
  const text = JSON.stringify([endpoint, key, content]);
  return `drop-${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
}

type Caller = By & { idempotency?: Idempotency | undefined };

/**
 * Puts a job on record; the event of that record starts the workflow.
 * @param id of what asks for it, so that the same twice makes one job
 */
export async function requestJob(
  wanted: NewJob,
  { idempotency, ...by }: Caller,
  { id: given, now = new Date() }: { id?: string; now?: Date } = {},
): Promise<Job> {
  const earlier = given ?? (await earlierResult(idempotency));
  const id = earlier ?? ulid(now.getTime());
  if (earlier !== undefined && (await findJob(id))) return readJob(id);
  const job = Job.parse({
    ...wanted,
    ...{ id, status: 'queued', attempt: 1, requestedBy: by.actor },
    outputPrefix: `batch/out/${wanted.endpoint ?? '_versions'}/${id}/`,
    createdAt: now.toISOString(),
  });
  const writes = [
    newJobWrite(job),
    jobAudit(job, 'JobRequested', { ...by, action: 'job.request' }, now),
    ...(idempotency ? [rememberWrite(idempotency, id, now)] : []),
  ];
  if ((await transact(writes)) === undefined) return job;
  return readJob((await earlierResult(idempotency)) ?? id);
}

/** What a change of a job leaves in the audit log and on the bus. */
export function jobAudit(
  { id, status, endpoint, model, version, attempt }: Job,
  name: Extract<EventName, `Job${string}`>,
  { action, ...by }: By & { readonly action: string },
  at: Date,
): Write {
  const detail = { job: id, status, attempt, endpoint, model, version };
  const after = { status, attempt, ...(endpoint ? { endpoint } : { model, version }) };
  return auditWrite({
    ...by,
    ...{ action, resource: `job/${id}`, after, at },
    event: { name, detail },
  });
}

/** Stops a job; shards at work come to their end, and their parts stay without a `_SUCCESS`. */
export async function cancelJob(id: string, by: By, now = new Date()): Promise<Job> {
  const item = await jobItem(id);
  const job = Job.parse(item);
  if (job.status === 'cancelled') return job;
  if (isFinished(job)) throw new AppError('conflict', `the job "${id}" has ${job.status} already`);
  const reason = `cancelled by ${by.actor}`;
  const ending = { status: 'cancelled', reason, finishedAt: now.toISOString() } as const;
  const changed = { ...job, ...ending };
  const failed = await transact([
    jobWrite(job, ['queued', 'running'], ending),
    jobAudit(changed, 'JobFinished', { ...by, action: 'job.cancel' }, now),
  ]);
  if (failed !== undefined) throw changedMeanwhile(`job "${id}"`);
  if (item.execution) await stop(String(item.execution));
  return changed;
}

async function stop(executionArn: string): Promise<void> {
  try {
    await stepFunctions.send(new StopExecutionCommand({ executionArn, cause: 'cancelled' }));
  } catch (error) {
    // It ended by itself meanwhile.
    if ((error as Error).name !== 'ExecutionDoesNotExist') throw error;
  }
}

/**
 * Starts a job again that failed or was cancelled: by the same plan, without the shards that are
 * done, so that it ends as if nothing had happened.
 */
export async function resumeJob(id: string, by: By, now = new Date()): Promise<Job> {
  const job = await readJob(id);
  if (job.status !== 'failed' && job.status !== 'cancelled') {
    throw new AppError(
      'conflict',
      `the job "${id}" is ${job.status}: only failed or cancelled ones are resumed`,
    );
  }
  const { reason: _, finishedAt: __, ...rest } = job;
  const next: Job = { ...rest, status: 'queued', attempt: job.attempt + 1 };
  const changes = {
    ...{ status: 'queued', attempt: next.attempt },
    ...{ reason: undefined, finishedAt: undefined, execution: undefined },
  };
  const failed = await transact([
    jobWrite(job, ['failed', 'cancelled'], changes),
    jobAudit(next, 'JobRequested', { ...by, action: 'job.resume' }, now),
  ]);
  if (failed !== undefined) throw changedMeanwhile(`job "${id}"`);
  return next;
}

export async function describeJob(id: string, now = Date.now()): Promise<JobWithProgress> {
  const job = await readJob(id);
  const counts = await readShards(id);
  const end = job.finishedAt ? Date.parse(job.finishedAt) : now;
  const { BATCH_MEMORY_MB: memoryMb, SKIFF_PRICES } = settings();
  const run = {
    ...{ shards: job.shards ?? 0, memoryMb },
    elapsedMs: job.startedAt ? end - Date.parse(job.startedAt) : 0,
  };
  const { secondsLeft, ...progress } = progressOf(counts, run, SKIFF_PRICES);
  const left = isFinished(job) || secondsLeft === undefined ? {} : { secondsLeft };
  return { ...job, progress: { ...progress, ...left } };
}
