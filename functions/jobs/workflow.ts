import { tooManyRejects } from '#core/batch/progress.ts';
import { AppError } from '#core/errors.ts';
import { type Item, transact } from '#shared/dynamo.ts';
import { type ObjectRef, writeObject } from '#shared/objects.ts';
import { changedMeanwhile } from '#slices/registry';
import { isFinished, jobAudit } from './jobs.ts';
import { makePlan, readPlan } from './plan.ts';
import { feedMonitor, writeProfile } from './profile.ts';
import type { Job, JobPlan, ShardResult } from './schema.ts';
import { settings } from './settings.ts';
import { jobItem, jobWrite, readJob, readShards } from './store.ts';

const SKIFF = { actor: 'skiff' };

export interface Attempt {
  readonly job: string;
  readonly attempt: number;
}

interface Started {
  readonly proceed: boolean;
  /** One entry per shard: the map's items. */
  readonly shards: readonly { readonly shard: number }[];
}

const NOTHING: Started = { proceed: false, shards: [] };

/** Takes a job up and settles its shards; a second execution of the same attempt leaves it alone. */
export async function beginJob(of: Attempt, execution: string, now = new Date()): Promise<Started> {
  const item = await jobItem(of.job);
  const job = await readJob(of.job);
  const mine = item.execution === undefined || item.execution === execution;
  if (job.attempt !== of.attempt || isFinished(job) || !mine) return NOTHING;
  const running = { status: 'running', execution, startedAt: now.toISOString() };
  // Of two executions that come at the same time one finds it queued no more.
  const from = item.execution === undefined ? 'queued' : 'running';
  if ((await transact([jobWrite(job, [from], running)])) !== undefined) return NOTHING;
  try {
    const plan = await makePlan(job);
    await startJob(job, plan, item, now);
    return { proceed: true, shards: plan.shards.map((_, shard) => ({ shard })) };
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'unavailable') throw error;
    await endJob(job, { status: 'failed', reason: error.message });
    return NOTHING;
  }
}

async function startJob(job: Job, plan: JobPlan, item: Item, now: Date): Promise<void> {
  const { model, version, objects, shards } = plan;
  const facts = { model, version, objects: objects.length, shards: shards.length };
  const audit = jobAudit(
    { ...job, model, version, status: 'running' },
    'JobStarted',
    { ...SKIFF, action: 'job.start' },
    now,
  );
  // The step may be tried again after it has said so.
  const said = item.saidStarted === job.attempt;
  const write = jobWrite(job, ['running'], { ...facts, saidStarted: job.attempt });
  const failed = await transact(said ? [write] : [write, audit]);
  if (failed !== undefined)
    throw new AppError('conflict', `the job "${job.id}" was ended meanwhile`);
}

interface Ending {
  readonly status: 'succeeded' | 'failed';
  readonly reason?: string | undefined;
}

/** Ends a job once; one that has ended stays as it is. */
export async function endJob(job: Job, ending: Ending, now = new Date()): Promise<Job> {
  const changes = { ...ending, finishedAt: now.toISOString() };
  const { reason, ...set } = changes;
  const audit = jobAudit(
    { ...job, ...ending },
    'JobFinished',
    { ...SKIFF, action: 'job.finish' },
    now,
  );
  const write = jobWrite(job, ['queued', 'running'], reason === undefined ? set : changes);
  const failed = await transact([write, audit]);
  const current = await readJob(job.id);
  if (failed !== undefined && !isFinished(current)) throw changedMeanwhile(`job "${job.id}"`);
  return current;
}

/** The end of a workflow that broke off: whatever happened, the record says so. */
export async function abandonJob(of: Attempt, reason: string): Promise<void> {
  const job = await readJob(of.job);
  if (job.attempt === of.attempt && !isFinished(job))
    await endJob(job, { status: 'failed', reason });
}

/** Ends a job whose shards are done, and lets its endpoint's monitor know what it scored. */
export async function finishJob(of: Attempt, now = new Date()): Promise<Job> {
  const job = await readJob(of.job);
  if (job.attempt !== of.attempt) return job;
  const ended = isFinished(job) ? job : await settleJob(job, now);
  // After its end, whose time is on record: tried again, the step says the same of the same minute.
  if (ended.status === 'succeeded') await feedMonitor(ended, await readPlan(ended));
  return ended;
}

/** Counts what the shards made, merges their profiles, writes the manifest and, last, the mark of success. */
async function settleJob(job: Job, now: Date): Promise<Job> {
  const plan = await readPlan(job);
  const results = await readShards(job.id);
  const wrong = unaccounted(plan, results);
  if (wrong) return endJob(job, { status: 'failed', reason: wrong }, now);
  await writeProfile(job, plan.shards.length);
  const manifest = manifestOf(job, plan, results);
  await writeObject(outputRef(job, 'manifest.json'), jsonBytes(manifest));
  const reason = tooManyRejects(manifest, job.tolerance);
  if (reason) return endJob(job, { status: 'failed', reason }, now);
  await writeObject(outputRef(job, '_SUCCESS'), new Uint8Array());
  return endJob(job, { status: 'succeeded' }, now);
}

const outputRef = ({ outputPrefix }: Job, name: string): ObjectRef => ({
  bucket: settings().DATA_BUCKET,
  key: outputPrefix + name,
});

const jsonBytes = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);

/** Why rows may be missing; undefined where each is in the results or among the rejects. */
function unaccounted(plan: JobPlan, results: readonly ShardResult[]): string | undefined {
  for (const [index, pieces] of plan.shards.entries()) {
    const result = results[index];
    if (result?.shard !== index) return `shard ${index} was not scored`;
    const { rows, results: scored, rejects } = result;
    if (rows !== scored + rejects) {
      return `shard ${index} has ${rows} rows, and ${scored} results and ${rejects} rejects`;
    }
    const known = pieces.every((piece) => piece.rows !== undefined);
    const planned = pieces.reduce((sum, piece) => sum + (piece.rows ?? 0), 0);
    if (known && planned !== rows)
      return `shard ${index} has ${rows} rows, planned were ${planned}`;
  }
  return undefined;
}

/** The same for the same input and version, however often workers had to start again. */
function manifestOf(job: Job, plan: JobPlan, results: readonly ShardResult[]) {
  const sum = (field: 'rows' | 'results' | 'rejects') =>
    results.reduce((total, result) => total + result[field], 0);
  return {
    job: job.id,
    ...(job.endpoint && { endpoint: job.endpoint }),
    model: plan.model,
    modelVersion: plan.version,
    artifactSha256: plan.artifact.sha256,
    format: job.output,
    rows: sum('rows'),
    results: sum('results'),
    rejects: sum('rejects'),
    objects: plan.objects.map(({ key, etag, size }) => ({ key, etag, size })),
    parts: results.flatMap(({ part, results: rows }) => (part ? [{ ...part, rows }] : [])),
    rejected: results.flatMap(({ rejected, rejects: rows }) =>
      rejected ? [{ ...rejected, rows }] : [],
    ),
  };
}
