import { captureColumns } from '#core/capture/columns.ts';
import { AppError } from '#core/errors.ts';
import { Profiler } from '#core/profile/profiler.ts';
import { Profile } from '#core/profile/schema.ts';
import { summarise } from '#core/profile/summary.ts';
import type { Signature } from '#core/signature/schema.ts';
import { type ObjectRef, readObject, statusOfS3, writeObject } from '#shared/objects.ts';
import { keepJobProfile } from '#slices/traffic';
import { type Job, type JobPlan, JobProfile } from './schema.ts';
import { settings } from './settings.ts';
import { readJob } from './store.ts';

/** Profiles of shards that are read at a time. */
const PARALLEL = 16;

const refOf = ({ outputPrefix }: Job, name: string): ObjectRef => ({
  bucket: settings().DATA_BUCKET,
  key: outputPrefix + name,
});

const read = async (ref: ObjectRef): Promise<Profile> =>
  Profile.parse(JSON.parse(Buffer.from((await readObject(ref)).bytes).toString('utf8')));

/** Merges what the workers saw, in the order of the shards: again, it is the same. */
export async function writeProfile(job: Job, shards: number): Promise<void> {
  let merged = new Profiler();
  for (let first = 0; first < shards; first += PARALLEL) {
    const some = Array.from({ length: Math.min(PARALLEL, shards - first) }, (_, i) => first + i);
    const names = some.map((shard) => `_profiles/part-${String(shard).padStart(5, '0')}.json`);
    const profiles = await Promise.all(names.map((name) => read(refOf(job, name))));
    for (const profile of profiles) merged = merged.merge(Profiler.from(profile));
  }
  await writeObject(refOf(job, 'profile.json'), Buffer.from(JSON.stringify(merged)));
}

const MINUTE_MS = 60_000;

/**
 * Puts what a job scored where monitors look for what devices summed up: in the minute that it
 * ended, and but for what the endpoint's captures do not show.
 */
export async function feedMonitor(job: Job, plan: JobPlan): Promise<void> {
  const { model, version, served } = plan;
  if (!job.endpoint || !job.finishedAt || !served) return;
  const { variant, revision, hidden } = served;
  const profile = await read(refOf(job, 'profile.json'));
  const shown = captureColumns(plan.signature as Signature, { drop: hidden });
  const wanted = new Set(shown.flatMap(({ name, at }) => (at === undefined ? [] : [name])));
  const columns = profile.columns.filter(({ name }) => wanted.has(name));
  // Of wide models the first columns are profiled: beside captures the others would seem missing.
  if (columns.length < wanted.size || profile.rows === 0) return;
  const minute = Math.floor(Date.parse(job.finishedAt) / MINUTE_MS) * MINUTE_MS;
  await keepJobProfile(job.endpoint, {
    ...{ job: job.id, model, version, variant, revision },
    from: new Date(minute).toISOString(),
    to: new Date(minute + MINUTE_MS).toISOString(),
    profile: { ...profile, columns },
  });
}

/**
 * What a job scored, inputs and outputs under the names that captures have.
 * @throws AppError `not-found` where it has no profile, or none yet
 */
export async function readJobProfile(id: string): Promise<{ job: Job; profile: Profile }> {
  const job = await readJob(id);
  try {
    return { job, profile: await read(refOf(job, 'profile.json')) };
  } catch (error) {
    // Without the right to list, S3 says so of what is not there.
    if (statusOfS3(error) !== 404 && statusOfS3(error) !== 403) throw error;
    const why = 'it is written when every shard is scored';
    throw new AppError('not-found', `the job "${id}" has no profile: ${why}`);
  }
}

/** The same in figures. */
export async function describeProfile(id: string): Promise<JobProfile> {
  const { job, profile } = await readJobProfile(id);
  const { endpoint, model, version } = job;
  return JobProfile.parse({ job: id, endpoint, model, version, ...summarise(profile) });
}
