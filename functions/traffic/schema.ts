import * as z from 'zod';
import { EndpointName } from '#slices/deployments';

export const OfEndpoint = z.strictObject({ endpoint: EndpointName });

const Time = z.iso.datetime({ offset: true });
const MINUTE = 60;

/** A span of time; the last hour where nothing is said. */
export const SpanQuery = z.strictObject({
  from: Time.optional().describe('An hour before `to` where it is left out'),
  to: Time.optional().describe('Exclusive; now where it is left out'),
});

export const TrafficQuery = SpanQuery.extend({
  step: z.coerce
    .number()
    .int()
    .min(MINUTE)
    .max(86_400)
    .multipleOf(MINUTE)
    .optional()
    .describe('Seconds, whole minutes: answers the figures of each such step too'),
});

const Count = z.int().nonnegative();

const Latency = z
  .object({
    count: Count,
    mean: z.number().nullable(),
    p50: z.number().nullable(),
    p90: z.number().nullable(),
    p95: z.number().nullable(),
    p99: z.number().nullable(),
  })
  .describe(
    'In the handler, of answered requests, in milliseconds; ranks are off by 0.7 % at most',
  );

const OutputFigures = z.discriminatedUnion('kind', [
  z.object({
    name: z.string(),
    kind: z.literal('label'),
    counts: z.array(z.object({ label: z.string(), count: Count })),
    other: Count,
  }),
  z.object({
    name: z.string(),
    kind: z.literal('score'),
    count: Count,
    mean: z.number().nullable(),
    standardDeviation: z.number().nullable(),
    bins: z.array(Count).describe('Of equal parts of 0 to 1'),
  }),
  z.object({
    name: z.string(),
    kind: z.literal('value'),
    count: Count,
    mean: z.number().nullable(),
    standardDeviation: z.number().nullable(),
    min: z.number().nullable(),
    max: z.number().nullable(),
    p50: z.number().nullable(),
  }),
]);

export const VariantFigures = z.object({
  variant: z.string(),
  model: z.string(),
  version: z.int().positive(),
  revisions: z.array(z.int()),
  requests: Count,
  rows: Count,
  clientErrors: Count.describe('Answered with 4xx'),
  serverErrors: Count.describe('Answered with 5xx'),
  latency: Latency,
  outputs: z.array(OutputFigures),
  captures: z
    .object({ selected: Count, written: Count, files: Count })
    .describe('Requests that were to be captured, and those that were'),
});

export const TrafficFigures = z.object({
  endpoint: z.string(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  variants: z.array(VariantFigures),
  missing: Count.describe('Requests that instances counted and whose summary was lost'),
  steps: z.array(z.object({ at: z.iso.datetime(), variants: z.array(VariantFigures) })).optional(),
});

const Share = z.number().nullable();

export const ShadowFigures = z.object({
  shadow: z.string(),
  model: z.string(),
  version: z.int().positive(),
  requests: Count.describe('Captured requests that it scored, or could not'),
  failures: Count.describe('Requests that its model refused'),
  rows: Count,
  otherLabelShare: Share.describe('Of rows with labels: how many it labels otherwise'),
  labelledRows: Count,
  meanDifference: Share.describe(
    'Of probabilities and values: the largest absolute difference in a row, on average',
  ),
  maxDifference: Share,
  comparedRows: Count,
  latency: Latency,
  outputs: z.array(OutputFigures),
});

export const ShadowsFigures = z.object({
  endpoint: z.string(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  shadows: z.array(ShadowFigures),
});

export type ShadowFigures = z.infer<typeof ShadowFigures>;
export type SpanQuery = z.infer<typeof SpanQuery>;
export type TrafficQuery = z.infer<typeof TrafficQuery>;
export type VariantFigures = z.infer<typeof VariantFigures>;
export type OutputFigures = z.infer<typeof OutputFigures>;
export type TrafficFigures = z.infer<typeof TrafficFigures>;
