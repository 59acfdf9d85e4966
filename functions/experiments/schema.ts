import * as z from 'zod';
import { EndpointName } from '#slices/deployments';

const Variant = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be the name of a variant');

const Metric = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('conversion') }).describe('Share of feedback with value > 0'),
  z.strictObject({ kind: z.literal('value-mean') }).describe("Mean of feedback's values"),
  z
    .strictObject({ kind: z.literal('label-match') })
    .describe("Share of feedback whose label is the captured prediction's"),
]);

export const GUARDRAILS = ['error-rate', 'latency-p50', 'latency-p95', 'latency-p99'] as const;
const Guardrail = z.strictObject({
  metric: z.enum(GUARDRAILS),
  limit: z
    .number()
    .positive()
    .max(1000)
    .describe('error-rate: more than the control by this; latency: this many times the control'),
});

export const NewExperiment = z
  .strictObject({
    name: z.string().min(1).max(128),
    control: Variant,
    treatments: z.array(Variant).min(1).max(9),
    metric: Metric,
    direction: z.enum(['increase', 'decrease']).default('increase').describe('What is better'),
    minimumDetectableEffect: z
      .number()
      .positive()
      .max(1e12)
      .describe('Smallest difference worth finding, in the units of the metric'),
    baseline: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe('Rate of the control; ½, which needs most, where it is left out'),
    standardDeviation: z.number().positive().max(1e12).optional().describe('Of values'),
    power: z.number().min(0.5).max(0.99).default(0.8),
    alpha: z.number().min(0.001).max(0.2).default(0.05),
    guardrails: z.array(Guardrail).max(4).default([]),
    maxDays: z.int().min(1).max(30).default(14),
  })
  .superRefine((spec, context) => {
    const say = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    const arms = [spec.control, ...spec.treatments];
    if (new Set(arms).size < arms.length) say('treatments', 'names a variant twice');
    const isRate = spec.metric.kind !== 'value-mean';
    if (!isRate && spec.standardDeviation === undefined) {
      say('standardDeviation', 'is needed to plan for a mean: take it from past values');
    }
    if (isRate && spec.standardDeviation !== undefined) {
      say('standardDeviation', 'a share has none of its own: leave it out');
    }
    if (isRate && !(spec.minimumDetectableEffect < 1)) {
      say('minimumDetectableEffect', 'is a difference of shares: below 1');
    }
  });

const Arm = z.object({ variant: z.string(), model: z.string(), version: z.int().positive() });
const Bound = z.number().nullable();
const Interval = z.object({ lower: Bound, upper: Bound, level: z.number() });

export const VERDICTS = [
  ...(['treatment-better', 'control-better', 'no-difference', 'guardrail-broken'] as const),
  ...(['sample-ratio-mismatch', 'changed', 'out-of-time', 'stopped'] as const),
] as const;

const Plan = z.object({
  perArm: z.int().positive().describe('Outcomes that each arm needs'),
  singleLook: z.int().positive().describe('What a test with one look at the end would need'),
});

export const ExperimentState = z.object({
  evaluatedAt: z.iso.datetime(),
  progress: z.number().describe('Outcomes of the smallest arm, of those planned: 0 to 1'),
  arms: z.array(
    Arm.extend({
      requests: z.int(),
      outcomes: z.int(),
      estimate: z.number().nullable(),
      interval: Interval.nullable(),
    }),
  ),
  differences: z
    .array(
      z.object({ variant: z.string(), difference: Bound, interval: Interval, pValue: z.number() }),
    )
    .describe('Of each treatment to the control; valid at every look'),
  sampleRatio: z.object({
    judged: z.boolean(),
    pValue: z.number().nullable().describe('Valid at every look'),
    chiSquare: z.number().nullable().describe('p-value of one look'),
    words: z.string(),
  }),
  guardrails: z.array(
    z.object({
      ...{ variant: z.string(), metric: z.enum(GUARDRAILS), limit: z.number() },
      ...{ interval: Interval, broken: z.boolean() },
    }),
  ),
  revisions: z.array(z.int()).describe('Of the endpoint: arms are compared within each'),
  words: z.string(),
});

export const Experiment = z.object({
  ...{ id: z.string(), endpoint: z.string(), revision: z.int().positive() },
  status: z.enum(['running', 'ended']),
  spec: NewExperiment,
  arms: z.array(Arm).describe('The control first'),
  plan: Plan,
  ...{ startedAt: z.iso.datetime(), startedBy: z.string(), startRevision: z.int().positive() },
  endsBy: z.iso.datetime(),
  state: ExperimentState.optional(),
  verdict: z
    .object({ code: z.enum(VERDICTS), variant: z.string().optional(), words: z.string() })
    .optional(),
  endedAt: z.iso.datetime().optional(),
  endedBy: z.string().optional(),
});

export const StopExperiment = z.strictObject({
  reason: z.string().min(1).max(10_000),
  promote: Variant.optional().describe('Gets all of the traffic'),
});

export const OfEndpoint = z.strictObject({ endpoint: EndpointName });
export const OfExperiment = OfEndpoint.extend({ experiment: z.ulid() });

export type NewExperiment = z.infer<typeof NewExperiment>;
export type Experiment = z.infer<typeof Experiment>;
export type ExperimentState = z.infer<typeof ExperimentState>;
export type Verdict = NonNullable<Experiment['verdict']>;
export type Arm = z.infer<typeof Arm>;
export type StopExperiment = z.infer<typeof StopExperiment>;
