import * as z from 'zod';
import type { ScoredRows } from '#core/estimation/scored-rows.ts';
import { AliasName, Task } from '#slices/registry';
import {
  type CheckName,
  type Evidence,
  evidenceSchemas,
  type Figure,
  Figures,
  Interval,
} from './evidence.ts';

export const CHECKS = Object.keys(evidenceSchemas) as [CheckName, ...CheckName[]];

/** Something that a check noticed and a person should read. */
export const Finding = z.object({
  severity: z.enum(['info', 'warning', 'critical']),
  /** Stable, such as `constant-column`. */
  code: z.string(),
  message: z.string(),
  /** Column, output, operator … that it is about. */
  where: z.string().optional(),
});

export const CheckStatus = z.enum([
  'pending',
  'running',
  'completed',
  'skipped',
  'failed',
  'cancelled',
]);

export const CheckSummary = z.object({
  check: z.enum(CHECKS),
  status: CheckStatus,
  reason: z.string().optional().describe('Why it was skipped or failed'),
  startedAt: z.iso.datetime().optional(),
  finishedAt: z.iso.datetime().optional(),
  figures: Figures.optional(),
  findings: z.array(Finding).optional(),
});

/** `check.figure`, as `quality.accuracy`; what follows a slash is a part, such as an attribute. */
const GateMetric = z
  .string()
  .max(400)
  .regex(
    /^[a-z][a-z-]*\.[a-z0-9][a-z0-9-]*(\/.+)?$/,
    'give the check and its figure, such as "quality.accuracy"',
  )
  .refine((metric) => (CHECKS as readonly string[]).includes(metric.split('.')[0] as string), {
    error: `must begin with one of ${CHECKS.join(', ')}`,
  });

/** One threshold, as data. */
export const Gate = z
  .strictObject({
    metric: GateMetric,
    comparison: z.enum(['>=', '>', '<=', '<']),
    threshold: z.number().optional(),
    notWorseThanChampionBy: z
      .number()
      .nonnegative()
      .optional()
      .describe('Instead of a threshold: how much worse than the champion is still good enough'),
    holds: z
      .enum(['estimate', 'surely', 'possibly'])
      .default('estimate')
      .describe(
        'What must meet the threshold: the value itself, or the unfavourable or the favourable end of its confidence interval',
      ),
    severity: z.enum(['block', 'warn']).default('block'),
    whenMissing: z
      .enum(['block', 'warn', 'pass'])
      .default('block')
      .describe('Where the figure was not measured, for example because there is no dataset'),
    tasks: z.array(Task).min(1).optional().describe('Only for models of these tasks'),
  })
  .refine((g) => (g.threshold === undefined) !== (g.notWorseThanChampionBy === undefined), {
    error: 'give either threshold or notWorseThanChampionBy',
    path: ['threshold'],
  });

export const PolicyName = AliasName;

/** A registered dataset: its newest version where the digest is left out. */
export const DatasetReference = z.strictObject({
  name: z.string().min(1).max(256),
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits in lower case')
    .optional(),
});

/** What a version must show before it carries traffic. */
export const PolicySpec = z.strictObject({
  description: z.string().max(10_000).default(''),
  gates: z.array(Gate).max(200),
  validateOnRegistration: z.boolean().default(true),
  requireApproval: z
    .boolean()
    .default(false)
    .describe('A person must approve what has passed every gate'),
  requireCompleteCard: z
    .boolean()
    .default(false)
    .describe('No traffic before the model card is complete'),
  dataset: DatasetReference.optional().describe(
    'Validation dataset of versions whose lineage names none',
  ),
  positive: z.string().max(256).optional().describe('The class that counts as positive'),
  decisionThreshold: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('Probability from which a row counts as positive'),
  latencyLimitMs: z
    .number()
    .positive()
    .default(100)
    .describe('For the cheapest memory size: 95th percentile of one row'),
});

export const Policy = z.object({
  ...PolicySpec.shape,
  name: z.string(),
  revision: z.int().nonnegative().describe('0: the built-in one'),
  updatedAt: z.iso.datetime().optional(),
  updatedBy: z.string().optional(),
});

export const GateResult = z.object({
  metric: z.string(),
  severity: z.enum(['block', 'warn']),
  outcome: z.enum(['passed', 'failed', 'not measured']),
  blocks: z.boolean(),
  measured: z.number().nullable(),
  interval: Interval.optional(),
  comparison: z.string(),
  threshold: z.number().nullable(),
  relativeTo: z
    .literal('champion')
    .optional()
    .describe('Measured and threshold are differences from it'),
  message: z.string(),
});

export const ValidationStatus = z.enum([
  'queued',
  'running',
  'approved',
  'rejected',
  'awaiting-approval',
  'failed',
  'cancelled',
]);

const UsedDataset = z.object({ name: z.string(), digest: z.string() });

export const Validation = z.object({
  id: z.string(),
  model: z.string(),
  version: z.int().positive(),
  status: ValidationStatus,
  reason: z.string().optional().describe('Why it failed, in words'),
  policy: Policy,
  dataset: UsedDataset.optional(),
  trainingDataset: UsedDataset.optional(),
  champion: z.int().positive().optional(),
  gates: z.array(GateResult).optional(),
  requestedBy: z.string(),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().optional(),
  finishedAt: z.iso.datetime().optional(),
});

export const ValidationWithChecks = Validation.extend({ checks: z.array(CheckSummary) });

export const NewValidation = z.strictObject({
  policy: PolicyName.optional().describe("The model's where it is left out"),
  dataset: DatasetReference.optional(),
});

export const NewApproval = z.strictObject({
  decision: z.enum(['approve', 'reject']),
  reason: z.string().min(1).max(10_000),
});

export const Approval = z.object({
  id: z.string(),
  model: z.string(),
  version: z.int().positive(),
  validation: z.string(),
  decision: NewApproval.shape.decision,
  reason: z.string(),
  actor: z.string(),
  at: z.iso.datetime(),
});

export type Gate = z.infer<typeof Gate>;
export type GateResult = z.infer<typeof GateResult>;
export type Policy = z.infer<typeof Policy>;
export type PolicySpec = z.infer<typeof PolicySpec>;
export type DatasetReference = z.infer<typeof DatasetReference>;
export type Validation = z.infer<typeof Validation>;
export type ValidationWithChecks = z.infer<typeof ValidationWithChecks>;
export type NewValidation = z.infer<typeof NewValidation>;
export type NewApproval = z.infer<typeof NewApproval>;
export type Approval = z.infer<typeof Approval>;
export type Finding = z.infer<typeof Finding>;
export type CheckSummary = z.infer<typeof CheckSummary>;

/**
 * What a check answers. `figures` are what gates may ask for, named in kebab case without the
 * check's own name (`roc-auc`, `latency-p95-1-row`); `evidence` is the whole story.
 */
export type CheckOutcome<N extends CheckName> =
  | {
      readonly status: 'completed';
      readonly figures: Record<string, z.infer<typeof Figure>>;
      readonly findings: readonly Finding[];
      readonly evidence: Evidence<N>;
      /** What monitors learn from: no one reads it by itself. */
      readonly scoredRows?: ScoredRows;
    }
  | { readonly status: 'skipped'; readonly reason: string };
