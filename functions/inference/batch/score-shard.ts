import { AppError } from '#core/errors.ts';
import type { Signature } from '#core/signature/schema.ts';
import { ObjectReader, ObjectWriter } from '#shared/object-streams.ts';
import {
  endJob,
  findShard,
  isFinished,
  type Job,
  type JobObject,
  type JobPlan,
  readJob,
  readPlan,
  type ShardResult,
  saveShard,
} from '#slices/jobs';
import { PLAIN_ENDPOINT } from '../plain-endpoint.ts';
import { prepareTarget, type Target } from '../predict.ts';
import type { Sessions } from '../sessions.ts';
import { encoderOf, type OutputFormat } from './results.ts';
import { RowProfiler } from './row-profiler.ts';
import { PieceScorer, type Sink } from './score-pieces.ts';

export interface ShardEvent {
  readonly job: string;
  readonly attempt: number;
  readonly shard: number;
}

interface Host {
  readonly sessions: Sessions;
  readonly bucket: string;
}

/** The plan of the job that this instance works on. */
let latest: { readonly job: string; readonly plan: JobPlan; readonly target: Target } | undefined;

/**
 * Scores one shard of a job. A shard that is done is not scored again, and one that was given up
 * half-way is written again under the same names with the same bytes; what counts is its record,
 * which comes last.
 */
export async function scoreShard(host: Host, event: ShardEvent): Promise<void> {
  const job = await readJob(event.job);
  if (job.attempt !== event.attempt || isFinished(job)) return;
  if (await findShard(job.id, event.shard)) return;
  try {
    await saveShard(job.id, await score(host, job, event.shard));
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'unavailable') throw error;
    // Trying again would end the same.
    await endJob(job, { status: 'failed', reason: error.message });
  }
}

async function score(host: Host, job: Job, shard: number): Promise<ShardResult> {
  const started = performance.now();
  const { plan, target } = await prepare(job);
  const name = `part-${String(shard).padStart(5, '0')}`;
  const ref = (path: string) => ({ bucket: host.bucket, key: job.outputPrefix + path });
  const results = new LazyObject(ref(`${name}.${job.output}`));
  const rejects = new LazyObject(ref(`rejects/${name}.jsonl`));
  const profile = new LazyObject(ref(`_profiles/${name}.json`));
  const profiler = new RowProfiler(target.variant.signature);
  try {
    const counts = await new PieceScorer({
      ...{
        sessions: host.sessions,
        target,
        results,
        rejects,
        profiler,
        key: job.key,
        given: job.input,
      },
      ...{ pieces: plan.shards[shard] ?? [], objects: plan.objects },
      encoder: encoderOf(job.output as OutputFormat, target, job.key !== undefined),
      open: (object) => openObject(host.bucket, object),
    }).run();
    await profile.write(profiler.toBytes());
    const [part, rejected] = [await results.finish(), await rejects.finish()];
    await profile.finish();
    const milliseconds = Math.round(performance.now() - started);
    return { shard, ...counts, milliseconds, ...(part && { part }), ...(rejected && { rejected }) };
  } catch (error) {
    await Promise.all([results.abandon(), rejects.abandon(), profile.abandon()]);
    throw error;
  }
}

async function prepare(job: Job): Promise<{ plan: JobPlan; target: Target }> {
  if (latest?.job === job.id) return latest;
  const plan = await readPlan(job);
  latest = { job: job.id, plan, target: targetOf(plan) };
  return latest;
}

/** The planned version as the one variant of an endpoint that is not on record. */
function targetOf({ model, version, artifact, signature }: JobPlan): Target {
  const variant = { name: 'default', weight: 100, model, version, artifact };
  const served = { ...variant, signature: signature as Signature };
  const endpoint = {
    ...PLAIN_ENDPOINT,
    name: 'batch',
    revision: 1,
    updatedAt: '',
    variants: [served],
  };
  return prepareTarget(endpoint, served);
}

function openObject(bucket: string, { key, size, etag }: JobObject) {
  const reader = new ObjectReader({ bucket, key }, size);
  reader.etag = etag;
  return (offset?: number, length?: number) => reader.read(offset, length);
}

/** Is there only where something is written. */
class LazyObject implements Sink {
  readonly #ref: ConstructorParameters<typeof ObjectWriter>[0];
  #writer: ObjectWriter | undefined;

  constructor(ref: ConstructorParameters<typeof ObjectWriter>[0]) {
    this.#ref = ref;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    this.#writer ??= new ObjectWriter(this.#ref);
    await this.#writer.write(bytes);
  }

  finish() {
    return this.#writer?.finish();
  }

  abandon() {
    return this.#writer?.abandon();
  }
}
