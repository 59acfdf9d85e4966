import * as z from 'zod';
import { readDouble } from '#core/tracking/metrics.ts';
import { MISSING } from './mlflow-api.ts';
import { MODEL_STATUSES, RUN_STATUSES } from './records.ts';
import { VIEWS } from './search.ts';

/*
 * Requests of MLflow's clients, in the JSON of its protocol buffers: a number may be a text, a list
 * of one in a query is no list, and fields that are not known are left alone.
 */

export const Text = z.string().optional();
export const Required = z.string().min(1, MISSING);
export const Int64 = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^-?\d{1,16}$/)
      .transform(Number),
  ])
  .refine(Number.isSafeInteger, 'must be a whole number');
const Double = z.unknown().transform((value, context): number => {
  const number = readDouble(value);
  if (number !== undefined) return number;
  context.addIssue({ code: 'custom', message: value === undefined ? MISSING : DOUBLE });
  return z.NEVER;
});
const DOUBLE = 'Please specify value as a valid double (64-bit floating point)';
/** Of a query, where one value is no list. */
export const Texts = z.union([z.string().transform((text) => [text]), z.array(z.string())]);
export const upTo = (most: number, standard: number, name = 'max_results') => {
  const range = `${name} must be between 1 and ${most}`;
  return Int64.pipe(z.int().min(1, range).max(most, range)).default(standard);
};

export const Pair = z.object({ key: Required, value: z.string().default('') });
export const Pairs = z
  .array(Pair)
  .default([])
  .transform((pairs) => new Map(pairs.map(({ key, value }) => [key, value])));

export const ExperimentName = z.object({ experiment_name: Required });
export const ExperimentId = z.object({ experiment_id: Required });
export const NewExperiment = z.object({
  ...{ name: Required, tags: Pairs },
  artifact_location: z
    .string()
    .max(2000)
    .regex(/^[^#?]*$/, 'must have no query and no fragment')
    .optional(),
});
export const RenamedExperiment = ExperimentId.extend({ new_name: Required });
export const ExperimentTag = ExperimentId.extend({ key: Required, value: z.string() });
export const ExperimentTagKey = ExperimentId.extend({ key: Required });
export const ExperimentSearch = z.object({
  ...{ max_results: upTo(50_000, 1000), page_token: Text, filter: Text },
  ...{ order_by: Texts.default([]), view_type: z.enum(VIEWS).default('ACTIVE_ONLY') },
});

export const NewRun = z.object({
  ...{ experiment_id: z.string().default('0'), user_id: z.string().default('') },
  ...{ run_name: z.string().default(''), start_time: Int64.default(0), tags: Pairs },
});

/** Older clients say `run_uuid`. */
const ofRun = <S extends z.ZodRawShape>(shape: S) =>
  z.preprocess(
    (value) => {
      const { run_id, run_uuid } = (value ?? {}) as Record<string, unknown>;
      return { ...(value as object), run_id: run_id || run_uuid };
    },
    z.object({ run_id: Required, ...shape }),
  );

export const RunId = ofRun({});
export const RunUpdate = ofRun({
  ...{ status: z.enum(RUN_STATUSES).optional(), end_time: Int64.optional(), run_name: Text },
});
export const RunTag = ofRun({ key: Required, value: z.string().default('') });
export const RunTagKey = ofRun({ key: Required });
const Metric = z.object({
  ...{ key: Required, value: Double, step: Int64.default(0) },
  timestamp: Int64.pipe(z.int().nonnegative('Timestamp must be a nonnegative long')),
  ...{ model_id: Text, dataset_name: Text, dataset_digest: Text },
});
export const LoggedMetric = ofRun(Metric.shape);
export const LoggedParam = ofRun(Pair.shape);
export const LoggedBatch = z.object({
  ...{ run_id: Required, metrics: z.array(Metric).default([]) },
  ...{ params: z.array(Pair).default([]), tags: z.array(Pair).default([]) },
});
export const RunSearch = z.object({
  ...{ experiment_ids: z.array(z.string()).default([]), filter: Text, page_token: Text },
  ...{ run_view_type: z.enum(VIEWS).default('ACTIVE_ONLY'), max_results: upTo(50_000, 1000) },
  order_by: z.array(z.string()).default([]),
});

const Model = z.object({ model_id: Required });
export const Inputs = z.object({
  run_id: Required,
  datasets: z
    .array(
      z.object({
        tags: z.array(Pair).default([]),
        dataset: z.object({
          ...{ name: Required, digest: Required, source_type: Required, source: Required },
          ...{ schema: Text, profile: Text },
        }),
      }),
    )
    .default([]),
  models: z.array(Model).default([]),
});
export const Outputs = z.object({
  run_id: Required,
  models: z.array(Model.extend({ step: Int64.default(0) })).default([]),
});

export const HistoryQuery = ofRun({
  ...{ metric_key: Required, page_token: Text, max_results: upTo(1_000_000, 25_000) },
});
/** One to so many, in the words of MLflow's server, which has others for each request. */
const few = (request: string, field: string, most: number) =>
  z
    .array(z.string())
    .min(1, `${request} request must specify at least one ${field}.`)
    .max(most, `${request} request cannot specify more than ${most} ${field}s.`);
export const BulkHistoryQuery = z.object({
  run_id: Texts.default([]).pipe(few('GetMetricHistoryBulk', 'run_id', 100)),
  metric_key: z.string('GetMetricHistoryBulk request must specify a metric_key.'),
  max_results: upTo(1_000_000, 25_000),
});
const MANY_RUNS = 'GetMetricHistoryBulkInterval request must specify at most 100 run_ids.';
export const IntervalQuery = z
  .object({
    ...{ run_ids: Texts.pipe(z.array(z.string()).max(100, MANY_RUNS)), metric_key: Required },
    ...{ start_step: Int64.optional(), end_step: Int64.optional(), max_results: upTo(2500, 2500) },
  })
  .refine(({ start_step, end_step }) => (start_step === undefined) === (end_step === undefined), {
    ...{ path: ['start_step'] },
    error: 'If either start step or end step are specified, both must be specified.',
  })
  .refine(({ start_step = 0, end_step = start_step }) => start_step <= end_step, {
    ...{ path: ['end_step'], error: 'end_step must be greater than start_step. ' },
  });
export const DatasetSearch = z.object({
  experiment_ids: z
    .array(z.string())
    .default([])
    .pipe(few('SearchDatasets', 'experiment_id', 20)),
});

export const NewModel = z.object({
  ...{ experiment_id: Required, name: z.string().default(''), model_type: z.string().default('') },
  ...{ source_run_id: z.string().default(''), params: Pairs, tags: Pairs },
});
export const ModelState = z.object({ status: z.enum(MODEL_STATUSES) });
export const ModelTags = z.object({ tags: Pairs });
export const ModelParams = z.object({ params: Pairs });
export const ModelSearch = z.object({
  experiment_ids: z.array(z.string()).min(1, MISSING),
  ...{ filter: Text, page_token: Text, max_results: upTo(50_000, 50) },
  datasets: z.array(z.object({ dataset_name: Required, dataset_digest: Text })).default([]),
  order_by: z
    .array(
      z.object({
        ...{ field_name: Required, ascending: z.boolean().default(true) },
        ...{ dataset_name: Text, dataset_digest: Text },
      }),
    )
    .default([]),
});

export const ArtifactQuery = ofRun({ path: z.string().default('') });
export const FileQuery = ofRun({ path: Required });
export const ModelFileQuery = z.object({ artifact_file_path: Required });
export const ModelArtifactQuery = z.object({ artifact_directory_path: z.string().default('') });
export const ProxyQuery = z.object({ path: z.string().default('') });
const expiration = (standard: number) => upTo(604_800, standard, 'expiration');
export const UploadUrl = z.object({
  ...{ run_id: Text, model_id: Text, path: Required, expiration: expiration(900) },
});
export const DownloadUrl = z.object({
  run_id: Required,
  path: Required,
  expiration: expiration(300),
});
export const NewUpload = z.object({ path: Required, num_parts: Int64.default(1) });
export const UploadEnd = z.object({ path: Required, upload_id: Required });
export const UploadParts = UploadEnd.extend({
  parts: z.array(z.object({ part_number: Int64, etag: Required })).min(1),
});
