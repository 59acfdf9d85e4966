import * as z from 'zod';
import { Endpoint, EndpointName } from '#slices/deployments';
import { ModelAlias, ModelName, VersionNumber } from '#slices/registry';
import { ALERTS } from '../../events/catalogue.ts';

/** Percent of the traffic, in tenths as weights are. */
const Percent = z
  .number()
  .min(0.1)
  .max(99.9)
  .refine((value) => Math.abs(value * 10 - Math.round(value * 10)) < 1e-9, {
    error: 'must have one decimal at most',
  });

export const RolloutStrategy = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('canary'),
    steps: z
      .array(Percent)
      .min(1)
      .max(20)
      .refine((steps) => steps.every((step, i) => i === 0 || step > (steps[i - 1] as number)), {
        error: 'must rise from step to step',
      })
      .default([5, 25, 50])
      .describe('Weights of the new variant, one after the other, before it gets all'),
  }),
  z.strictObject({
    kind: z.literal('linear'),
    step: z.number().min(5).max(50).default(10).describe('By how much its weight grows each time'),
  }),
  z.strictObject({ kind: z.literal('all-at-once') }),
]);

const WEEK = 7 * 86_400;

export const Criteria = z.strictObject({
  minimumRequests: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(100)
    .describe('Requests that the new variant must have answered in a step before it is judged fit'),
  errorRateIncrease: z
    .number()
    .min(0)
    .max(1)
    .default(0.01)
    .describe('Tolerated: share of failed requests, new less old'),
  latency: z
    .strictObject({
      quantile: z.number().min(0.5).max(0.99).default(0.95),
      increase: z.number().min(0).max(100).default(0.5).describe('Tolerated: 0.5 is a half more'),
    })
    .prefault({}),
  predictionShift: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('Tolerated distance of what the two predict, 0 to 1; not judged where left out'),
  feedback: z
    .strictObject({
      metric: z.enum(['label-match', 'value-mean']),
      decrease: z.number().min(0).describe('Tolerated: old less new'),
      higherIsBetter: z.boolean().default(true),
    })
    .optional()
    .describe('Judged where feedback comes in time'),
  alarms: z
    .array(z.string().min(1).max(255))
    .max(20)
    .default([])
    .describe('CloudWatch alarms that must not ring'),
  alpha: z
    .number()
    .gt(0)
    .max(0.2)
    .default(0.05)
    .describe('Chance that a version no worse than the old one is rolled back by these tests'),
});

export const NewRollout = z
  .strictObject({
    model: ModelName,
    version: VersionNumber.optional(),
    alias: ModelAlias.optional().describe('Resolved now and pinned'),
    variant: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/)
      .optional()
      .describe('Name of the new variant; v<version> where left out'),
    strategy: RolloutStrategy.prefault({ kind: 'canary' }),
    bakeSeconds: z.int().min(5).max(WEEK).default(600).describe('How long a step lasts at least'),
    patienceSeconds: z
      .int()
      .min(5)
      .max(2 * WEEK)
      .optional()
      .describe('How long a step may stay undecided before it is held; four bakes by default'),
    criteria: Criteria.prefault({}),
  })
  .refine((v) => (v.version === undefined) !== (v.alias === undefined), {
    error: 'give either version or alias',
    path: ['version'],
  })
  .refine((v) => v.patienceSeconds === undefined || v.patienceSeconds >= v.bakeSeconds, {
    error: 'must be at least bakeSeconds',
    path: ['patienceSeconds'],
  });

export const ACTIVE = ['running', 'paused', 'held'] as const;
const ENDED = ['promoted', 'rolled-back', 'aborted', 'superseded', 'failed'] as const;

export const Finding = z.object({
  criterion: z.string(),
  outcome: z.enum(['harm', 'fine', 'undecided', 'unknown']),
  old: z.number().nullable(),
  new: z.number().nullable(),
  message: z.string(),
});

const Decision = z.object({
  at: z.iso.datetime(),
  step: z.int(),
  weight: z.number(),
  what: z.enum([
    'start',
    'advance',
    'promote',
    'roll-back',
    'hold',
    'pause',
    'resume',
    'abort',
    'end',
  ]),
  reason: z.string(),
});

export const Rollout = z.object({
  id: z.ulid(),
  endpoint: EndpointName,
  status: z.enum([...ACTIVE, ...ENDED]),
  model: z.string(),
  version: z.int().positive(),
  variant: z.string(),
  strategy: RolloutStrategy,
  bakeSeconds: z.int(),
  patienceSeconds: z.int(),
  criteria: Criteria,
  steps: z.array(z.number()).describe('Weights of the new variant, the last is 100'),
  step: z.int().describe('Position in steps; -1 before the first'),
  stepStartedAt: z.iso.datetime().optional(),
  requests: z.int().optional().describe('Of the new variant in this step, when last looked at'),
  findings: z.array(Finding).optional().describe('The newest judgement'),
  decisions: z.array(Decision),
  startedFrom: z.object({ revision: z.int(), variants: Endpoint.shape.variants }),
  endpointRevision: z.int().describe('The revision that the rollout made last'),
  reason: z.string().optional().describe('Why it ended, or is held'),
  requestedBy: z.string(),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().optional(),
});

/** What is kept beside what is shown. */
export const RolloutRecord = Rollout.extend({
  /** Counts every change of the record. */
  changes: z.int(),
  /** Counts workflow executions: pausing ends one, resuming starts another. */
  generation: z.int(),
  execution: z.string().optional(),
  /** The step began anew, as the n-th of the rollout that did. */
  restart: z.int().optional(),
  /** A change of the endpoint that was begun: its reason tells whether it was made. */
  pending: z
    .object({
      step: z.int(),
      reason: z.string(),
      /** It is going back, and will end so. */
      back: z
        .object({ status: z.enum(['rolled-back', 'failed', 'aborted']), reason: z.string() })
        .optional(),
    })
    .optional(),
});

export const Because = z.strictObject({ reason: z.string().min(1).max(2_000).optional() });

export const GuardSpec = z.strictObject({
  events: z
    .array(z.enum(ALERTS))
    .max(ALERTS.length)
    .describe('What rolls the endpoint back; empty: nothing does'),
  withinSeconds: z
    .int()
    .min(60)
    .max(90 * 86_400)
    .default(WEEK)
    .describe(
      'Only a revision that is younger than this is rolled back: an older one is not to blame',
    ),
  coolDownSeconds: z
    .int()
    .min(60)
    .max(90 * 86_400)
    .default(86_400),
  maximum: z.int().min(1).max(10).default(1).describe('Rollbacks in thirty days at most'),
});

export const Guard = z.object({
  ...GuardSpec.shape,
  endpoint: z.string(),
  rollbacks: z
    .array(
      z.object({ at: z.iso.datetime(), event: z.string(), reason: z.string(), revision: z.int() }),
    )
    .describe('By this guard, in the last thirty days'),
  revision: z.int(),
  updatedAt: z.iso.datetime(),
  updatedBy: z.string(),
});

export type NewRollout = z.infer<typeof NewRollout>;
export type RolloutStrategy = z.infer<typeof RolloutStrategy>;
export type Criteria = z.infer<typeof Criteria>;
export type Finding = z.infer<typeof Finding>;
export type Decision = z.infer<typeof Decision>;
export type Rollout = z.infer<typeof Rollout>;
export type RolloutRecord = z.infer<typeof RolloutRecord>;
export type GuardSpec = z.infer<typeof GuardSpec>;
export type Guard = z.infer<typeof Guard>;
