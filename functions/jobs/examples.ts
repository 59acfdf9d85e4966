import type { Examples } from '#shared/examples.ts';
import { ACTOR, AT, ENDPOINT, MODEL } from '#shared/story.ts';

const JOB = '01KB1ZF7M0P3Q6R9S2T5V8W1X4';
const wanted = {
  input: { prefix: 'batch/files/2026-11/' },
  endpoint: ENDPOINT,
  output: 'jsonl',
  tolerance: { share: 0.01 },
};
const queued = {
  ...{
    ...wanted,
    monitor: true,
    id: JOB,
    status: 'queued',
    attempt: 1,
    requestedBy: ACTOR,
    createdAt: AT,
  },
  outputPrefix: `batch/out/${ENDPOINT}/${JOB}/`,
};
const running = {
  ...{ ...queued, status: 'running', model: MODEL, version: 1, objects: 2, shards: 4 },
  startedAt: AT,
};

export const examples: Examples = {
  createJob: { body: wanted, answer: queued },
  listJobs: { query: { limit: 10 }, answer: { items: [queued] } },
  getJob: {
    params: { job: JOB },
    answer: {
      ...running,
      progress: {
        ...{ shards: 4, shardsDone: 2, rows: 2_000_000, results: 1_999_998, rejects: 2 },
        ...{ rowsPerSecond: 210_000, secondsLeft: 9.5, costUsd: 0.0004 },
      },
    },
  },
  getJobProfile: {
    params: { job: JOB },
    answer: {
      ...{ job: JOB, endpoint: ENDPOINT, model: MODEL, version: 1, rows: 1_999_998 },
      columns: [
        {
          ...{ name: 'in_rooms', kind: 'numeric', count: 1_999_998, missing: 0, distinct: 6 },
          ...{ infinite: 0, min: 1, max: 6, mean: 3.45, standardDeviation: 1.28 },
          ...{ skewness: 0.001, kurtosis: -0.487, quantiles: [{ share: 0.5, value: 3 }] },
          values: null,
        },
      ],
    },
  },
  cancelJob: {
    params: { job: JOB },
    answer: { ...running, status: 'cancelled', reason: `cancelled by ${ACTOR}`, finishedAt: AT },
  },
  resumeJob: { params: { job: JOB }, answer: { ...queued, attempt: 2 } },
};
