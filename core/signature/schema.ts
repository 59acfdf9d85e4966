import * as z from 'zod';
import { DATATYPES } from '../tensors/datatypes.ts';

/** A fixed size, a symbolic axis (`"batch"`), or -1 for an axis without size or name. */
export const Dimension = z.union([z.int().min(-1), z.string().min(1).max(256)]);

/** What an output means to the row-wise API. */
export const OutputRole = z.enum(['label', 'probabilities', 'value']);

export const TensorSpec = z.strictObject({
  name: z.string().min(1).max(512),
  datatype: z.enum(DATATYPES),
  shape: z.array(Dimension).max(16),
});

export const OutputSpec = TensorSpec.extend({ role: OutputRole.optional() });

export const FeatureType = z.enum(['number', 'integer', 'boolean', 'string', 'category']);

/** One column of the rows that a model scores, and where it goes in the graph's inputs. */
export const Feature = z
  .strictObject({
    name: z.string().min(1).max(256),
    type: FeatureType,
    /** Graph input that takes the column. */
    input: z.string().min(1).max(512),
    /** Position on the last axis of that input; 0 where the input has one value per row. */
    column: z.int().nonnegative(),
    description: z.string().max(1000).optional(),
    unit: z.string().max(64).optional(),
    min: z.number().optional(),
    max: z.number().optional(),
    /** Allowed values of a `category`. */
    categories: z
      .array(z.union([z.string(), z.int()]))
      .min(1)
      .max(10_000)
      .optional(),
    /** Whether a row may leave the column out or set it to null. */
    nullable: z.boolean().default(false),
  })
  .refine((f) => f.min === undefined || f.max === undefined || f.min <= f.max, {
    error: 'min must not be above max',
    path: ['min'],
  });

/** What a model takes and gives: derived from its graph, completed by its owner. */
export const Signature = z.strictObject({
  inputs: z.array(TensorSpec).min(1),
  outputs: z.array(OutputSpec).min(1),
  /** Absent where the graph's inputs cannot be read as rows of columns (images, sequences). */
  features: z.array(Feature).optional(),
  /** Names of the classes in the order of the probabilities' last axis. */
  classes: z.array(z.string()).optional(),
});

/** What the owner may add at registration: columns by name; `input` and `column` are found. */
export const FeatureDeclaration = z
  .strictObject({
    ...Feature.shape,
    type: FeatureType.optional(),
    input: Feature.shape.input.optional(),
    column: Feature.shape.column.optional(),
  })
  .refine((f) => f.min === undefined || f.max === undefined || f.min <= f.max, {
    error: 'min must not be above max',
    path: ['min'],
  });

export const SignatureDeclaration = z.strictObject({
  features: z.array(FeatureDeclaration).min(1).max(10_000).optional(),
  classes: z.array(z.string().max(256)).min(2).max(100_000).optional(),
  /** Roles of outputs by name, where they cannot be told from the graph. */
  outputs: z.record(z.string(), OutputRole).optional(),
});

export type Dimension = z.infer<typeof Dimension>;
export type TensorSpec = z.infer<typeof TensorSpec>;
export type OutputSpec = z.infer<typeof OutputSpec>;
export type Feature = z.infer<typeof Feature>;
export type FeatureType = z.infer<typeof FeatureType>;
export type Signature = z.infer<typeof Signature>;
export type FeatureDeclaration = z.infer<typeof FeatureDeclaration>;
export type SignatureDeclaration = z.infer<typeof SignatureDeclaration>;
