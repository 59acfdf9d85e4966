import { AppError } from '#core/errors.ts';
import { Profiler } from '#core/profile/profiler.ts';
import { Profile } from '#core/profile/schema.ts';
import { summarise } from '#core/profile/summary.ts';
import { type ObjectRef, readObject, statusOfS3, writeObject } from '#shared/objects.ts';
import { type Job, JobProfile } from './schema.ts';
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
