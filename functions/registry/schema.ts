import * as z from 'zod';
import { GoldenSample } from '#core/signature/golden.ts';
import { Signature, SignatureDeclaration } from '#core/signature/schema.ts';

/** MLflow's rule, because its clients bring such names. */
export const ModelName = z
  .string()
  .min(1)
  .max(250)
  .regex(/^[^/:%\p{Cc}]+$/u, 'must not contain "/", ":", "%" or control characters')
  .refine((name) => name.trim() === name && name !== '.' && name !== '..', {
    error: 'must not be "." or ".." or begin or end with a space',
  });
export const AliasName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,62}$/,
    'must be 1 to 63 of a-z 0-9 . _ - and begin with a letter or digit',
  );
/** What MLflow's clients call an alias, and what was always allowed here. */
export const ModelAlias = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,255}$/, 'must be 1 to 255 letters, digits, ".", "_" or "-"');
export const VersionNumber = z.coerce.number().int().min(1).max(999_999_999);

export const Task = z.enum(['binary', 'multiclass', 'regression', 'ranking', 'embedding', 'other']);
export const Tags = z
  .record(z.string().min(1).max(128), z.string().max(1024))
  .refine((tags) => Object.keys(tags).length <= 50, { error: 'at most 50 tags' });
const Description = z.string().max(10_000);
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits in lower case');
const Facts = z.record(z.string().min(1).max(256), z.json());
const Metrics = z.record(z.string().min(1).max(256), z.number());

export const NewModel = z.strictObject({
  name: ModelName,
  task: Task,
  owner: z.string().min(1).max(128).optional().describe('The caller where it is left out'),
  description: Description.default(''),
  tags: Tags.default({}),
  policy: AliasName.default('default').describe('What its versions must show before traffic'),
});

export const ModelPatch = z
  .strictObject({
    description: Description,
    owner: z.string().min(1).max(128),
    tags: Tags,
    policy: AliasName,
    deleted: z.literal(false).describe('Brings a deleted model back'),
  })
  .partial();

export const Model = z.object({
  name: z.string(),
  task: Task,
  owner: z.string(),
  description: z.string(),
  tags: z.record(z.string(), z.string()),
  policy: z.string().default('default'),
  latestVersion: z.int().nonnegative().describe('0: none registered yet'),
  revision: z.int().positive(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

/** Where a new version came from. Everything is optional, nothing is free text alone. */
export const Lineage = z.strictObject({
  run: z
    .strictObject({
      id: z.string().max(256),
      name: z.string().max(256).optional(),
      experiment: z.string().max(256).optional(),
      url: z.url().max(2048).optional(),
      startedAt: z.iso.datetime().optional(),
      finishedAt: z.iso.datetime().optional(),
      seed: z.int().optional(),
    })
    .optional(),
  code: z
    .strictObject({
      repository: z.string().max(2048).optional(),
      version: z.string().max(256).describe('Commit or release'),
      dirty: z.boolean().optional(),
      entryPoint: z.string().max(1024).optional(),
    })
    .optional(),
  datasets: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(256),
        digest: z.string().max(256),
        role: z.enum(['training', 'validation', 'test', 'reference']),
        source: z.string().max(2048).optional(),
        licence: z.string().max(256).optional(),
        rows: z.int().nonnegative().optional(),
      }),
    )
    .max(100)
    .optional(),
  hyperparameters: Facts.optional(),
  environment: z
    .strictObject({
      framework: z.string().max(128).optional(),
      frameworkVersion: z.string().max(64).optional(),
      python: z.string().max(64).optional(),
      packages: z.record(z.string().max(128), z.string().max(128)).optional(),
    })
    .optional(),
  preprocessing: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(256),
        description: z.string().max(2000).optional(),
        columns: z.array(z.string().max(256)).optional(),
        parameters: Facts.optional(),
      }),
    )
    .max(200)
    .optional(),
});

/** Bytes that a client points at: exactly one of the three. */
export const ArtifactSource = z.union(
  [
    z.strictObject({ uploadId: z.ulid() }),
    z.strictObject({
      s3Uri: z
        .string()
        .max(1200)
        .regex(
          /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/[^\p{Cc}]{1,1024}$/u,
          'must be s3://bucket/key',
        ),
      sha256: Sha256.optional(),
    }),
    z.strictObject({ base64: z.base64().min(1), sha256: Sha256.optional() }),
  ],
  { error: 'give one of uploadId, s3Uri, base64' },
);

export const NewVersion = z.strictObject({
  artifact: ArtifactSource,
  externalData: z
    .array(
      z.strictObject({
        location: z
          .string()
          .min(1)
          .max(255)
          .describe('The file name that the model gives, such as "model.onnx.data"'),
        source: ArtifactSource,
      }),
    )
    .max(64)
    .default([]),
  signature: SignatureDeclaration.default({}),
  goldenSample: GoldenSample.optional().describe(
    'Inputs and what the training framework answers to them: replayed by every validation',
  ),
  lineage: Lineage.default({}),
  metrics: z
    .strictObject({ training: Metrics.optional(), validation: Metrics.optional() })
    .default({}),
  description: Description.default(''),
  tags: Tags.default({}),
});

export const VersionStatus = z.enum([
  'registered',
  'validating',
  'approved',
  'rejected',
  'archived',
]);

export const VersionPatch = z
  .strictObject({ description: Description, tags: Tags, status: z.literal('archived') })
  .partial();

/** What only MLflow's clients know of a version. */
export const MlflowFacts = z.object({
  source: z.string().optional().describe('Where they say that its files are'),
  runId: z.string().optional(),
  runLink: z.string().optional(),
  modelId: z.string().optional().describe('Of the logged model that it was made from'),
  stage: z.enum(['Staging', 'Production', 'Archived']).optional(),
  directory: z.string().optional().describe('Of these files among those of its workspace'),
  notes: z.array(z.string()).default([]).describe('What could not be taken over, and why'),
  removed: z.boolean().optional().describe('They deleted it: here it is archived'),
});

const Digest = z.object({ sha256: z.string(), sizeBytes: z.int() });

export const ModelVersion = z.object({
  model: z.string(),
  version: z.int().positive(),
  status: VersionStatus,
  validation: z.string().optional().describe('The newest one: it decides about traffic'),
  artifact: Digest.extend({
    uploaded: Digest.describe('What the client sent'),
    changes: z.array(z.string()).describe('Why the stored artifact differs from the uploaded one'),
  }),
  signature: Signature,
  graph: z.object({
    irVersion: z.int(),
    opsets: z.array(z.object({ domain: z.string(), version: z.int() })),
    producer: z.object({ name: z.string(), version: z.string() }),
    operators: z.array(z.object({ domain: z.string(), name: z.string(), count: z.int() })),
    parameterCount: z.number(),
    initializerBytes: z.number(),
    domain: z.string().default('').describe('As the file says, like all of what follows'),
    modelVersion: z.number().default(0),
    docString: z.string().default(''),
    metadata: z.record(z.string(), z.string()),
  }),
  goldenSample: z.object({ sha256: z.string(), rows: z.int(), tolerance: z.number() }).optional(),
  lineage: Lineage,
  metrics: NewVersion.shape.metrics.unwrap(),
  mlflow: MlflowFacts.optional().describe('Where an MLflow client registered or moved it'),
  description: z.string(),
  tags: z.record(z.string(), z.string()),
  revision: z.int().positive(),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
  updatedAt: z.iso.datetime(),
});

/**
 * What all versions have, also those that cannot be served: which have a `why`. These are kept for
 * MLflow's clients, because they are not ONNX, or not registered yet, or were refused after they
 * had their number.
 */
export const VersionHead = ModelVersion.pick({
  ...{ model: true, version: true, validation: true, lineage: true, metrics: true, mlflow: true },
  ...{ description: true, tags: true, revision: true },
  ...{ createdAt: true, createdBy: true, updatedAt: true },
}).extend({
  status: z.enum([...VersionStatus.options, 'kept', 'pending', 'failed']),
  why: z.string().optional().describe('In words: why it cannot be served'),
});

/** A registration that goes on after the answer, because its artifact is large. */
export const Registration = z.object({
  id: z.string(),
  model: z.string(),
  status: z.enum(['running', 'succeeded', 'failed']),
  version: z.int().positive().optional(),
  error: z.string().optional(),
  createdAt: z.iso.datetime(),
});

export const NewUpload = z.strictObject({
  sizeBytes: z
    .int()
    .min(1)
    .max(2 ** 31 - 1, 'the ONNX format ends at 2 GiB'),
  sha256: Sha256.describe('Of the whole file, hexadecimal'),
});

export const Upload = z.object({
  uploadId: z.string(),
  method: z.literal('PUT'),
  url: z.string(),
  headers: z.record(z.string(), z.string()).describe('Send exactly these'),
  expiresAt: z.iso.datetime(),
});

export const AliasTarget = z.strictObject({ version: z.int().min(1).max(999_999_999) });

export const Alias = z.object({
  alias: z.string(),
  model: z.string(),
  version: z.int().positive(),
  revision: z.int().positive(),
  updatedAt: z.iso.datetime(),
  updatedBy: z.string(),
});

const Paging = {
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(2048).optional(),
};
export const PageQuery = z.strictObject(Paging);
export const ModelQuery = z.strictObject({
  ...Paging,
  task: Task.optional(),
  owner: z.string().max(128).optional(),
  tag: z
    .string()
    .regex(/^[^:]{1,128}(:.{0,1024})?$/, 'give "key" or "key:value"')
    .optional(),
});
export const AtQuery = z.strictObject({
  at: z.iso.datetime({ offset: true }).optional().describe('As it was then'),
});
export const pageOf = <S extends z.ZodType>(item: S) =>
  z.object({ items: z.array(item), nextCursor: z.string().optional() });

export type NewModel = z.infer<typeof NewModel>;
export type ModelPatch = z.infer<typeof ModelPatch>;
export type ModelQuery = z.infer<typeof ModelQuery>;
export type Model = z.infer<typeof Model>;
export type ArtifactSource = z.infer<typeof ArtifactSource>;
export type NewVersion = z.infer<typeof NewVersion>;
export type VersionPatch = z.infer<typeof VersionPatch>;
export type ModelVersion = z.infer<typeof ModelVersion>;
export type MlflowFacts = z.infer<typeof MlflowFacts>;
export type VersionHead = z.infer<typeof VersionHead>;
export type Registration = z.infer<typeof Registration>;
export type NewUpload = z.infer<typeof NewUpload>;
export type Upload = z.infer<typeof Upload>;
export type Alias = z.infer<typeof Alias>;
