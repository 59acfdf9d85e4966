import * as z from 'zod';
import { DEFAULT_WORKSPACE, WORKSPACE } from '#core/tracking/workspace.ts';

export const Workspace = z
  .string()
  .regex(WORKSPACE, 'must be 1 to 63 of a-z 0-9 - and begin with a letter or digit')
  .default(DEFAULT_WORKSPACE)
  .describe('Of the MLflow client that logged the run: what its tracking URI ends with');
export const RunQuery = z.strictObject({ workspace: Workspace });

/** JSON has no other way for what is no finite number. */
const Double = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]);
const Point = z.object({
  value: Double,
  step: z.int(),
  at: z.int().describe('Milliseconds since 1970'),
});
const Texts = z.record(z.string(), z.string());

export const DataObject = z.object({
  uri: z.string().describe('Of an object in S3'),
  versionId: z.string().optional(),
  path: z
    .string()
    .optional()
    .describe('Where the program looks for it, from the root of its code; absent: in S3 itself'),
  md5: z.string().optional(),
  size: z.int().optional(),
  isFolder: z.boolean().optional().describe('The object is the list that DVC keeps of its files'),
});

const DataInput = z.object({
  name: z.string().describe('Of the dataset, or of the file of DVC that points at it'),
  digest: z.string().optional().describe('As MLflow computed it'),
  context: z.string().optional(),
  sourceType: z.string().optional(),
  source: z.string().optional().describe('As the client wrote it'),
  object: DataObject.optional(),
  unresolved: z.string().optional().describe('Why it is in no object that is known'),
});

export const RunRecord = z.object({
  id: z.string(),
  workspace: z.string(),
  experiment: z.object({ id: z.string(), name: z.string() }),
  name: z.string(),
  status: z.string(),
  deleted: z.boolean(),
  user: z.string().optional(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
  parent: z.string().optional(),
  source: z.object({
    type: z.string().optional(),
    name: z.string().optional(),
    entryPoint: z.string().optional(),
    command: z.string().optional(),
  }),
  git: z.object({
    commit: z.string().optional(),
    branch: z.string().optional(),
    repository: z.string().optional(),
    dirty: z.boolean().optional(),
  }),
  environment: z.object({
    python: z.string().optional(),
    docker: z.string().optional(),
    files: z.array(
      z.object({
        kind: z.enum(['requirements', 'constraints', 'conda', 'python-env']),
        path: z.string(),
        model: z.string().optional().describe('The logged model that it lies beside'),
        text: z.string(),
      }),
    ),
  }),
  seeds: z.array(z.object({ name: z.string(), value: z.string() })),
  params: Texts,
  metrics: z.record(z.string(), Point).describe('The latest of each'),
  systemMetrics: z.record(z.string(), Point).describe('Those that begin with `system/`, likewise'),
  tags: Texts,
  data: z.array(DataInput).describe('Datasets, and what files of DVC among those of the run name'),
  models: z.object({
    inputs: z.array(z.string()),
    outputs: z.array(z.object({ id: z.string(), step: z.int() })),
  }),
});

export const Missing = z.object({
  what: z.string(),
  needed: z.enum(['to run', 'for the same results', 'for sizing']),
  why: z.string(),
  how: z.string().describe('How the next run keeps it'),
});

export const NewReproduction = z.strictObject({
  workspace: Workspace,
  format: z.enum(['script', 'state-machine']).default('script'),
});

export const Reproduction = z.object({
  run: z.string(),
  workspace: z.string(),
  format: z.enum(['script', 'state-machine']),
  runnable: z.boolean().describe('Whether nothing is missing that is needed to run it'),
  missing: z.array(Missing),
  script: z.string().optional().describe('For bash'),
  input: z
    .object({
      run: z.string(),
      workspace: z.string(),
      experiment: z.string(),
      code: z.object({
        repository: z.string().optional(),
        commit: z.string().optional(),
        program: z.string().optional(),
      }),
      environment: z.object({
        python: z.string().optional(),
        docker: z.string().optional(),
        files: Texts.describe('Their texts by name'),
      }),
      data: z.array(DataObject),
      params: Texts,
      seeds: Texts,
      script: z.string(),
      buildspec: z.string().describe('For `codebuild:startBuild.sync`, as `BuildspecOverride`'),
    })
    .optional()
    .describe('Of an execution of Step Functions'),
});

export type RunRecord = z.infer<typeof RunRecord>;
export type NewReproduction = z.infer<typeof NewReproduction>;
export type Reproduction = z.infer<typeof Reproduction>;
