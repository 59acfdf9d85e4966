import * as z from 'zod';
import { ENCODINGS, FORMATS } from '#core/batch/layout.ts';
import { schemas as datasets } from '#slices/datasets';
import { EndpointName } from '#slices/deployments';
import { ModelName, VersionNumber } from '#slices/registry';

export const OUTPUT_FORMATS = ['jsonl', 'csv', 'parquet'] as const;
/** How many rows may be refused in a job that does not say. */
const DEFAULT_TOLERANCE = { share: 0.1 };
const MIN_SHARD_BYTES = 4 * 2 ** 10;
const MAX_SHARD_BYTES = 4 * 2 ** 30;

const InputPrefix = z
  .string()
  .max(900)
  .regex(/^batch\/(?!out\/)[^\\]+$/, 'must be below batch/ in the data bucket, and not batch/out/')
  .describe('A key of the data bucket, or what several begin with: `batch/files/2026-11/`');

export const JobInput = z.strictObject({
  prefix: InputPrefix,
  format: z.enum(FORMATS).optional().describe('By the names of the objects where it is left out'),
  encoding: z.enum(ENCODINGS).optional().describe('Of text; found out where it is left out'),
  separator: z
    .string()
    .regex(/^[^"\r\n]$/, 'must be one character, and no quote')
    .refine((text) => text.charCodeAt(0) < 128, { error: 'must be an ASCII character' })
    .optional()
    .describe('Of CSV; found out where it is left out'),
  header: z.boolean().optional().describe('Of CSV: whether the first line is the names'),
  columns: z
    .array(z.string().min(1).max(256))
    .min(1)
    .max(10_000)
    .optional()
    .describe('Names of the columns of CSV without a header; those of the model otherwise'),
});

const Tolerance = z.strictObject({
  share: z.number().min(0).max(1).optional().describe('Of all rows'),
  count: z.int().nonnegative().optional(),
});

const Shape = z.strictObject({
  input: JobInput,
  endpoint: EndpointName.optional().describe('Scored by the version with most of its traffic'),
  model: ModelName.optional(),
  version: VersionNumber.optional(),
  output: z.enum(OUTPUT_FORMATS).default('jsonl'),
  key: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe('A column that names each row in the results'),
  tolerance: Tolerance.default(DEFAULT_TOLERANCE).describe('Rejects beyond it fail the job'),
  monitor: z
    .boolean()
    .default(true)
    .describe("Whether what it scores counts in the windows of its endpoint's monitor"),
  shardBytes: z
    .int()
    .min(MIN_SHARD_BYTES)
    .max(MAX_SHARD_BYTES)
    .optional()
    .describe('What one worker reads; 128 MiB, or more for very large inputs'),
});

export const NewJob = Shape.refine(
  ({ endpoint, model, version }) =>
    endpoint === undefined
      ? model !== undefined && version !== undefined
      : model === undefined && version === undefined,
  { error: 'give an endpoint, or a model with a version', path: ['endpoint'] },
);

const Count = z.int().nonnegative();

export const JobStatus = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']);

export const Job = z.object({
  ...Shape.shape,
  id: z.string(),
  status: JobStatus,
  attempt: z.int().positive().describe('Of the workflow; a resumed job has more than one'),
  outputPrefix: z.string().describe('In the data bucket: parts, rejects, manifest, _SUCCESS'),
  objects: Count.optional(),
  shards: Count.optional(),
  requestedBy: z.string(),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().optional(),
  finishedAt: z.iso.datetime().optional(),
  reason: z.string().optional().describe('Why it failed or was cancelled'),
});

export const JobWithProgress = Job.extend({
  progress: z.object({
    shards: Count,
    shardsDone: Count,
    rows: Count,
    results: Count,
    rejects: Count,
    rowsPerSecond: z.number().nonnegative(),
    secondsLeft: z.number().nonnegative().optional(),
    costUsd: z.number().nonnegative().describe('Of the workers so far'),
  }),
});

/** What a job scored, for people; the file beside its results has the sketches. */
export const JobProfile = datasets.ProfileSummary.extend({
  job: z.string(),
  endpoint: EndpointName.optional(),
  model: ModelName,
  version: VersionNumber,
});

export const JobParams = z.strictObject({
  job: z.string().regex(/^[0-9a-zA-Z-]{1,64}$/, 'must be the id of a job'),
});

/** One object that a job reads. */
export const JobObject = z.object({
  key: z.string(),
  etag: z.string(),
  size: Count,
  format: z.enum(FORMATS),
  compression: z.enum(['gzip', 'zstd']).optional(),
  encoding: z.enum(ENCODINGS).optional(),
  separator: z.string().optional(),
  names: z.array(z.string()).optional(),
  header: z.boolean().optional(),
});

const Piece = z.object({
  object: Count,
  from: Count.optional(),
  to: Count.optional(),
  row: Count.optional(),
  line: z.int().positive().optional(),
  rows: Count.optional(),
});

/** All that workers need to know; written once, so that each attempt does the same. */
export const JobPlan = z.object({
  job: z.string(),
  model: z.string(),
  version: z.int().positive(),
  artifact: z.object({ sha256: z.string(), sizeBytes: Count }),
  signature: z.unknown(),
  /** Where its endpoint's monitor is to count it, and without which features and outputs. */
  served: z
    .object({
      variant: z.string(),
      revision: z.int().positive(),
      hidden: z.array(z.string()),
    })
    .optional(),
  objects: z.array(JobObject),
  shards: z.array(z.array(Piece)),
});

const Written = z.object({ key: z.string(), bytes: Count, sha256: z.string() });

/** What a worker says of its shard when all of it is written. */
export const ShardResult = z.object({
  shard: Count,
  rows: Count,
  results: Count,
  rejects: Count,
  milliseconds: z.number().nonnegative(),
  part: Written.optional(),
  rejected: Written.optional(),
});

export type NewJob = z.infer<typeof NewJob>;
export type Job = z.infer<typeof Job>;
export type JobWithProgress = z.infer<typeof JobWithProgress>;
export type JobProfile = z.infer<typeof JobProfile>;
export type JobObject = z.infer<typeof JobObject>;
export type JobPlan = z.infer<typeof JobPlan>;
export type ShardResult = z.infer<typeof ShardResult>;
export type Written = z.infer<typeof Written>;
