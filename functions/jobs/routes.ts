import { requireNames } from '#shared/caller.ts';
import { type Request, route } from '#shared/http.ts';
import { idempotencyOf } from '#shared/idempotency.ts';
import { PageQuery, pageOf } from '#slices/registry';
import { cancelJob, describeJob, requestJob, resumeJob } from './jobs.ts';
import { describeProfile } from './profile.ts';
import { Job, JobParams, JobProfile, JobWithProgress, NewJob } from './schema.ts';
import { listJobs, readJob } from './store.ts';

const PATH = '/api/v1/jobs';

/** What callers who are limited to some names must be allowed to reach. */
const namesOf = ({ endpoint, model }: Pick<Job, 'endpoint' | 'model'>) =>
  endpoint === undefined ? { models: [model as string] } : { endpoints: [endpoint] };

const caller = ({ actor, requestId }: Request<unknown, unknown, unknown>) => ({
  actor,
  requestId,
});

/** A change of a job is made only after it is known whose it is. */
async function reached({ params, limits }: Request<{ job: string }, unknown, unknown>) {
  requireNames({ ...(limits && { limits }) }, namesOf(await readJob(params.job)));
  return params.job;
}

export const routes = [
  route({
    method: 'POST',
    path: PATH,
    operation: 'createJob',
    summary: 'Score files of the data bucket',
    description:
      'All objects below a prefix, in shards side by side. A file that is dropped under `batch/in/<endpoint>/` needs no request: it is a job by itself.',
    scope: 'predict',
    names: { body: namesOf },
    repeat: 'by key',
    body: NewJob,
    response: { status: 202, location: true, schema: Job },
    run: async (request) => {
      const { body } = request;
      const idempotency = idempotencyOf(request, 'createJob', body);
      const job = await requestJob(body, { ...caller(request), idempotency });
      return { status: 202, body: job, headers: { location: `${PATH}/${job.id}` } };
    },
  }),
  route({
    method: 'GET',
    path: PATH,
    operation: 'listJobs',
    summary: 'Jobs, the newest first',
    scope: 'read',
    names: { items: namesOf },
    query: PageQuery,
    response: { status: 200, schema: pageOf(Job) },
    run: async ({ query }) => ({ body: await listJobs(query) }),
  }),
  route({
    method: 'GET',
    path: `${PATH}/{job}`,
    operation: 'getJob',
    summary: 'One job: how far it is, how fast, what it cost so far',
    scope: 'read',
    names: { answer: namesOf },
    params: JobParams,
    response: { status: 200, schema: JobWithProgress },
    run: async ({ params }) => ({ body: await describeJob(params.job) }),
  }),
  route({
    method: 'GET',
    path: `${PATH}/{job}/profile`,
    operation: 'getJobProfile',
    summary: 'What a job scored: its inputs and outputs, column by column',
    description: 'Of all rows that have a result; it is there when every shard is scored.',
    scope: 'read',
    names: { answer: namesOf },
    params: JobParams,
    response: { status: 200, schema: JobProfile },
    run: async ({ params }) => ({ body: await describeProfile(params.job) }),
  }),
  route({
    method: 'DELETE',
    path: `${PATH}/{job}`,
    operation: 'cancelJob',
    summary: 'Stop a job',
    description: 'What is written stays, without a `_SUCCESS`; the job can be resumed.',
    scope: 'predict',
    names: { answer: namesOf },
    params: JobParams,
    response: { status: 200, schema: Job },
    run: async (request) => ({ body: await cancelJob(await reached(request), caller(request)) }),
  }),
  route({
    method: 'POST',
    path: `${PATH}/{job}/resume`,
    operation: 'resumeJob',
    summary: 'Go on with a job that failed or was cancelled',
    description: 'By the same plan and without what is done: it ends as if it had never stopped.',
    scope: 'predict',
    names: { answer: namesOf },
    params: JobParams,
    response: { status: 202, schema: Job },
    run: async (request) => ({
      status: 202,
      body: await resumeJob(await reached(request), caller(request)),
    }),
  }),
];
