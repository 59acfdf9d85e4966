import * as z from 'zod';
import {
  type CheckName,
  type Evidence,
  evidenceSchemas,
  type Figure,
  Figures,
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
    }
  | { readonly status: 'skipped'; readonly reason: string };
