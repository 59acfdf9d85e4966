import * as z from 'zod';
import { ArtifactSource, PageQuery, Tags } from '#slices/registry';

export const DatasetName = z
  .string()
  .min(1)
  .max(250)
  .regex(/^[^/:%\p{Cc}]+$/u, 'must not contain "/", ":", "%" or control characters')
  .refine((name) => name.trim() === name && name !== '.' && name !== '..', {
    error: 'must not be "." or ".." or begin or end with a space',
  });
export const Digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits in lower case');

export const Role = z.enum(['training', 'validation', 'reference', 'test']);
export const Format = z.enum(['csv', 'jsonl', 'parquet']);
const ColumnName = z.string().min(1).max(1024);
const Columns = z.array(ColumnName).max(1000);
const Mapping = z.record(z.string().min(1).max(256), ColumnName);

/** What the owner says of the columns and of the data. */
const Declaration = {
  role: Role,
  label: ColumnName.optional().describe('The column with the truth'),
  positive: z.string().max(256).optional().describe('The class that counts as positive'),
  features: Mapping.optional().describe(
    'Column by feature name, where they are not called the same',
  ),
  predictions: Columns.optional().describe('Columns with predictions on record'),
  protected: Columns.default([]).describe('Columns with attributes that fairness is judged by'),
  licence: z.string().max(256).optional(),
  description: z.string().max(10_000).default(''),
  tags: Tags.default({}),
};

export const NewDataset = z.strictObject({
  name: DatasetName,
  source: ArtifactSource,
  format: Format.optional().describe('Found out where it is left out'),
  ...Declaration,
  dvc: z.string().max(100_000).optional().describe('Text of the `.dvc` file that points at it'),
});

export const SchemaColumn = z.object({ name: z.string(), kind: z.enum(['numeric', 'text']) });

/** One version of a dataset: its content, and what its owner said of it. */
export const Dataset = z.object({
  name: z.string(),
  digest: z.string().describe('SHA-256 of the file'),
  sizeBytes: z.int(),
  format: Format,
  compression: z.enum(['gzip', 'zstd']).optional(),
  separator: z.string().optional().describe('Of a CSV file'),
  rows: z.int().nonnegative(),
  columns: z.array(SchemaColumn),
  ...Declaration,
  dvc: z
    .object({
      path: z.string().optional(),
      md5: z.string().optional(),
      size: z.number().optional(),
    })
    .optional(),
  /** Position among the versions of its name, from 1. */
  serial: z.int().positive(),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
});

/** Registration of a dataset that takes longer than a request may. */
export const DatasetRegistration = z.object({
  id: z.string(),
  dataset: z.string(),
  status: z.enum(['profiling', 'ready', 'failed']),
  digest: z.string().optional().describe('The version it became'),
  error: z.string().optional().describe('What is wrong with the file, in words'),
  createdAt: z.iso.datetime(),
});

const Count = z.int().nonnegative();
const Real = z.number().nullable();
const Common = { name: z.string(), count: Count, missing: Count, distinct: Count };

/** A profile for people: the file beside the data has the sketches. */
export const ProfileSummary = z.object({
  rows: Count,
  columns: z.array(
    z.discriminatedUnion('kind', [
      z.object({
        ...Common,
        kind: z.literal('numeric'),
        infinite: Count,
        min: Real,
        max: Real,
        mean: Real,
        standardDeviation: Real,
        skewness: Real,
        kurtosis: Real,
        quantiles: z.array(z.object({ share: z.number(), value: Real })),
        values: z
          .array(z.tuple([z.number(), Count]))
          .nullable()
          .describe('Null: more than 50'),
      }),
      z.object({
        ...Common,
        kind: z.literal('text'),
        lengths: z.object({ min: Count, max: Count, mean: z.number() }).nullable(),
        frequent: z.array(z.object({ text: z.string(), count: Count })),
        frequentError: Count.describe('At most so much is missing from each count'),
      }),
    ]),
  ),
});

export const DatasetQuery = z.strictObject({ ...PageQuery.shape, role: Role.optional() });

export type NewDataset = z.infer<typeof NewDataset>;
export type Dataset = z.infer<typeof Dataset>;
export type DatasetRegistration = z.infer<typeof DatasetRegistration>;
export type DatasetQuery = z.infer<typeof DatasetQuery>;
export type SchemaColumn = z.infer<typeof SchemaColumn>;
export type Format = z.infer<typeof Format>;
