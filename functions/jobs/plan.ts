import { formOf } from '#core/batch/layout.ts';
import { packShards, type SizedPiece, shardBytesFor } from '#core/batch/shards.ts';
import { AppError } from '#core/errors.ts';
import { featuresOf } from '#core/signature/complete.ts';
import type { Signature } from '#core/signature/schema.ts';
import { type ListedObject, listObjects } from '#shared/object-streams.ts';
import { type ObjectRef, putNew, readObject } from '#shared/objects.ts';
import { cutParquet, cutText } from './cut.ts';
import { type Job, type JobObject, JobPlan } from './schema.ts';
import { settings } from './settings.ts';
import { type JobTarget, targetOf } from './target.ts';

const MAX_OBJECTS = 50_000;
/** To cut text safely it is read: at 80 MB/s in ten of the planner's fifteen minutes. */
const MAX_CUT_BYTES = 48 * 2 ** 30;
/** What one worker reads in a few minutes. */
const WHOLE_BYTES = 2 * 2 ** 30;

const planRef = ({ outputPrefix }: Job): ObjectRef => ({
  bucket: settings().DATA_BUCKET,
  key: `${outputPrefix}_plan.json`,
});

export async function readPlan(job: Job): Promise<JobPlan> {
  const { bytes } = await readObject(planRef(job));
  return JobPlan.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
}

/**
 * Settles version, objects and shards of a job. The first plan that is written stays.
 * @throws AppError what is wrong with the input or the version
 */
export async function makePlan(job: Job): Promise<JobPlan> {
  const target = await targetOf(job);
  const features = featuresOf(target.signature)?.map(({ name }) => name);
  if (!features) {
    throw new AppError(
      'unprocessable',
      `the inputs of version ${target.version} of "${target.model}" are not rows of columns`,
    );
  }
  const objects = await findObjects(job);
  const total = objects.reduce((sum, { size }) => sum + size, 0);
  const shardBytes = job.shardBytes ?? shardBytesFor(total);
  const cut = await cutAll(objects, { job, features, shardBytes });
  const plan: JobPlan = {
    ...described(target),
    ...(job.monitor && { served: target.served }),
    job: job.id,
    objects: cut.objects,
    shards: packShards(cut.pieces, shardBytes).map((shard) => [...shard]),
  };
  const isFirst = await putNew(planRef(job), Buffer.from(JSON.stringify(plan)));
  return isFirst ? plan : readPlan(job);
}

const described = ({ model, version, artifact, signature }: JobTarget) => ({
  ...{ model, version, artifact },
  signature: signature satisfies Signature,
});

async function findObjects({ input }: Job): Promise<JobObject[]> {
  const found: JobObject[] = [];
  for await (const object of listObjects({ bucket: settings().DATA_BUCKET, key: input.prefix })) {
    if (!isInput(object)) continue;
    const described = { ...object, ...formOf(object.key, input.format) };
    // A key that is there is that object, and not others whose keys begin with it.
    if (object.key === input.prefix) return [described];
    if (found.length === MAX_OBJECTS) {
      throw new AppError('too-large', `more than ${MAX_OBJECTS} objects: use several jobs`);
    }
    found.push(described);
  }
  if (found.length > 0) return found;
  throw new AppError('not-found', `there is no object below "${input.prefix}"`);
}

/** Names that begin with `_` or `.` are of those who write files, as Spark's `_SUCCESS`. */
const isInput = ({ key, size }: ListedObject): boolean =>
  size > 0 && !/^[_.]|^$/.test(key.split('/').at(-1) as string) && !key.startsWith('batch/out/');

interface Cutting {
  readonly job: Job;
  readonly features: readonly string[];
  readonly shardBytes: number;
}

async function cutAll(objects: readonly JobObject[], cutting: Cutting) {
  const limit = largestWhole(objects, cutting.shardBytes);
  const pieces: SizedPiece[] = [];
  const described: JobObject[] = [];
  for (const [index, object] of objects.entries()) {
    const canCut = object.size > limit && !object.compression;
    const cut = canCut ? await cutOne(object, index, cutting) : undefined;
    described.push(cut?.object ?? object);
    pieces.push(...(cut?.pieces ?? [{ object: index, bytes: object.size }]));
  }
  return { objects: described, pieces };
}

const cutOne = (object: JobObject, index: number, { job, features, shardBytes }: Cutting) =>
  object.format === 'parquet'
    ? cutParquet(object, { index, shardBytes })
    : cutText(object, { index, shardBytes, features, given: job.input });

/** Objects up to this size are one piece: the shard's size, unless reading would take too long. */
function largestWhole(objects: readonly JobObject[], shardBytes: number): number {
  const toCut = (limit: number) =>
    objects
      .filter(
        ({ size, format, compression }) => format !== 'parquet' && !compression && size > limit,
      )
      .reduce((sum, { size }) => sum + size, 0);
  if (toCut(shardBytes) <= MAX_CUT_BYTES) return shardBytes;
  if (toCut(WHOLE_BYTES) <= MAX_CUT_BYTES) return WHOLE_BYTES;
  throw new AppError(
    'too-large',
    `objects above ${WHOLE_BYTES / 2 ** 30} GiB hold more than ${MAX_CUT_BYTES / 2 ** 30} GiB: write them as smaller objects`,
  );
}
