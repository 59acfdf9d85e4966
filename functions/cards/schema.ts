import * as z from 'zod';
import { Feature, OutputSpec, TensorSpec } from '#core/signature/schema.ts';
import { Task } from '#slices/registry';
import {
  Approval,
  evidenceSchemas,
  Finding,
  GateResult,
  ValidationStatus,
} from '#slices/validation';

const Line = z.string().min(1).max(2000);
const Lines = z.array(Line).max(50).default([]);

/** Audit entries hold it before and after a change, and a table's item ends at 400 KB. */
const MAX_PROSE_BYTES = 100_000;

/** What only people can tell of a model; everything else in a card comes from record. */
export const CardProse = z
  .strictObject({
    intendedUse: z.string().max(10_000).default('').describe('What the model is for'),
    users: Lines.describe('Who is to use it'),
    outOfScopeUse: Lines.describe('What it must not be used for'),
    limitations: Lines.describe('Where it is known to be weak'),
    tradeoffs: Lines,
    ethicalConsiderations: z
      .array(z.strictObject({ name: Line, mitigation: z.string().max(2000).default('') }))
      .max(50)
      .default([]),
    riskRating: z.enum(['unknown', 'low', 'medium', 'high']).default('unknown'),
    riskExplanation: z.string().max(2000).default(''),
    licence: z.string().max(256).default('').describe('SPDX identifier or name'),
    references: z
      .array(z.url({ protocol: /^https?$/ }).max(2048))
      .max(50)
      .default([]),
    citations: z
      .array(z.strictObject({ style: z.string().max(64).default(''), citation: Line }))
      .max(50)
      .default([]),
  })
  .refine((prose) => Buffer.byteLength(JSON.stringify(prose)) <= MAX_PROSE_BYTES, {
    error: `at most ${MAX_PROSE_BYTES} bytes in all`,
  });

/** The prose of one version as it is kept. */
export const StoredProse = z.object({
  ...CardProse.shape,
  version: z.int().positive().describe('The version that it was written for'),
  revision: z.int().positive(),
  updatedAt: z.iso.datetime(),
  updatedBy: z.string(),
});

/** A part of the examination: measured, or the reason why it was not. */
const part = <S extends z.ZodRawShape>(shape: S) =>
  z.union([
    z.object({
      measured: z.literal(true),
      findings: z.array(Finding),
      leftOut: z.array(z.string()).describe('What the card cuts short; the evidence holds all'),
      ...shape,
    }),
    z.object({ measured: z.literal(false), reason: z.string() }),
  ]);

const { quality, fairness, robustness, explainability, performance, contract } = evidenceSchemas;
const { artifact } = evidenceSchemas;

const Dataset = z.object({
  name: z.string(),
  digest: z.string(),
  role: z.enum(['training', 'validation', 'test', 'reference']),
  usedBySkiff: z.boolean().describe('Whether Skiff measured on it'),
  source: z.string().optional(),
  licence: z.string().optional(),
  rows: z.int().optional(),
});

const Change = z.object({
  what: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
});

const MetricChange = z.object({
  metric: z.string(),
  before: z.number(),
  after: z.number(),
  difference: z.number(),
});

const Verdict = z.object({
  validation: z.string(),
  status: ValidationStatus,
  reason: z.string().optional(),
  policy: z.object({ name: z.string(), revision: z.int() }),
  champion: z.int().optional(),
  finishedAt: z.iso.datetime().optional(),
  gates: z.array(GateResult),
});

export const ModelCard = z.object({
  details: z.object({
    model: z.string(),
    version: z.int().positive(),
    status: z.string(),
    task: Task,
    owner: z.string(),
    description: z.string(),
    versionDescription: z.string(),
    licence: z.string().nullable(),
    tags: z.record(z.string(), z.string()),
    createdAt: z.iso.datetime(),
    createdBy: z.string(),
    artifact: z.object({
      format: z.literal('ONNX'),
      sha256: z.string(),
      sizeBytes: z.int(),
      changes: z.array(z.string()),
    }),
    producer: z.object({ name: z.string(), version: z.string() }),
    irVersion: z.int(),
    opsets: artifact.shape.opsets,
    operators: artifact.shape.operators,
    parameterCount: z.number(),
    inputs: z.array(TensorSpec),
    outputs: z.array(OutputSpec),
    features: z.array(Feature).nullable(),
    classes: z.array(z.string()).nullable(),
  }),
  verdict: Verdict.nullable().describe('Null: not validated yet'),
  approvals: z.array(Approval),
  prose: StoredProse.nullable().describe('Null: nobody has written any yet'),
  data: z.object({
    datasets: z.array(Dataset),
    quality: part(evidenceSchemas['data-quality'].shape),
  }),
  metrics: z.object({
    training: z.record(z.string(), z.number()).nullable().describe('As given at registration'),
    validation: z.record(z.string(), z.number()).nullable().describe('As given at registration'),
    measured: part(quality.shape),
  }),
  fairness: part(fairness.shape),
  robustness: part(robustness.shape),
  explainability: part(explainability.shape),
  performance: part(performance.shape),
  contract: part(contract.shape),
  artifact: part(artifact.omit({ bom: true }).shape),
  lineage: z.object({
    run: z.record(z.string(), z.json()).nullable(),
    code: z.record(z.string(), z.json()).nullable(),
    hyperparameters: z.record(z.string(), z.json()).nullable(),
    environment: z
      .object({
        framework: z.string().optional(),
        frameworkVersion: z.string().optional(),
        python: z.string().optional(),
        packages: z.record(z.string(), z.string()),
      })
      .nullable(),
    preprocessing: z
      .array(
        z.object({
          name: z.string(),
          description: z.string().optional(),
          columns: z.array(z.string()).optional(),
          parameters: z.record(z.string(), z.json()).optional(),
        }),
      )
      .nullable(),
  }),
  changes: z
    .object({
      since: z.int().positive(),
      signature: z.array(Change),
      graph: z.array(Change),
      lineage: z.array(Change),
      metrics: z.array(MetricChange),
    })
    .nullable()
    .describe('Null: this is the first version'),
  missing: z
    .array(z.object({ field: z.string(), message: z.string() }))
    .describe('What a complete card would have'),
  generatedAt: z.iso.datetime(),
});

export const FORMATS = [
  'json',
  'markdown',
  'html',
  'huggingface',
  'toolkit',
  'sagemaker',
  'cyclonedx',
] as const;

export const CardQuery = z.strictObject({
  format: z.enum(FORMATS).optional().describe('Else by the Accept header, else json'),
});

export type CardProse = z.infer<typeof CardProse>;
export type StoredProse = z.infer<typeof StoredProse>;
export type ModelCard = z.infer<typeof ModelCard>;
export type Format = (typeof FORMATS)[number];
