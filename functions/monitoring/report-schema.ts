import * as z from 'zod';
import { ALARM_NAMES } from './alarms.ts';

const Count = z.int().nonnegative();
const Interval = z.object({ lower: z.number(), upper: z.number(), level: z.number() });
const Shares = z.array(z.number());

const Distribution = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('numeric'),
    edges: z.array(z.number()).describe('Between the bins: the first and the last are open'),
    reference: Shares,
    current: Shares,
  }),
  z.object({
    kind: z.literal('text'),
    labels: z.array(z.string()),
    reference: Shares,
    current: Shares,
  }),
]);

const Side = z.object({
  rows: Count,
  missing: Count,
  mean: z.number().optional(),
  standardDeviation: z.number().optional(),
});

const ColumnReport = z.object({
  name: z.string(),
  method: z.string(),
  score: z.number(),
  pValue: z.number().optional(),
  adjustedPValue: z.number().optional().describe('Corrected for the number of features tested'),
  threshold: z.number(),
  drifted: z.boolean(),
  effectSize: z.number().optional(),
  errorBound: z.number().optional().describe('The exact score is at most so far from this one'),
  importance: z.number().describe('Share of what the model leans on'),
  strength: z.number().describe('1 at the threshold, 10 at most'),
  weight: z.number().describe('Importance × strength: what to look at first'),
  distribution: Distribution.optional(),
  reference: Side,
  current: Side,
});

const QualityFinding = z.object({
  feature: z.string(),
  kind: z.enum(['missing', 'unseen-category', 'out-of-range', 'constant', 'infinite']),
  share: z.number(),
  interval: Interval,
  reference: z.number(),
  message: z.string(),
});

const Performance = z.object({
  metric: z.enum(['accuracy', 'mae']),
  value: z.number(),
  interval: Interval,
  labelled: Count.describe('Predictions whose truth is known'),
  baseline: z.number().optional(),
  loss: z.number().optional().describe('Against the baseline, the least that the interval allows'),
});

const Health = z.object({
  requests: Count,
  clientErrors: Count,
  serverErrors: Count,
  errorRate: z.number().nullable(),
  p95LatencyMs: z.number().nullable(),
  missing: Count.describe('Requests whose summary was lost'),
});

const AlarmFigure = z.object({
  alarm: z.enum(ALARM_NAMES),
  value: z.number().nullable(),
  threshold: z.number(),
  breached: z.boolean().optional().describe('Absent where there is too little to tell'),
});

/** What a window's data give, whoever looks and however often: it holds no time of its making. */
export const ReportContent = z.object({
  endpoint: z.string(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  monitorRevision: z.int().positive(),
  status: z.enum(['stable', 'drifted', 'insufficient-data', 'no-reference']),
  subject: z
    .object({ variant: z.string(), model: z.string(), version: z.int() })
    .optional()
    .describe('The variant and version that answered most requests'),
  reference: z.string().describe('In words: what was compared with'),
  referenceRows: Count,
  rows: Count.describe('Captured, of the subject'),
  driftedShare: z.number().nullable(),
  features: z.array(ColumnReport).describe('The weightiest first'),
  outputs: z.array(ColumnReport),
  notCompared: z.array(z.object({ name: z.string(), reason: z.string() })),
  quality: z.array(QualityFinding),
  performance: Performance.optional(),
  labels: Count.describe('Feedback on the predictions of the window'),
  health: Health,
  alarms: z.array(AlarmFigure),
  captures: z.array(z.string()).describe('Where the raw captures lie'),
});

export const Report = ReportContent.extend({
  id: z.string(),
  revision: z.int().positive().describe('Grows when late labels or captures change the window'),
});

/** What a list and a timeline need of a report. */
export const ReportSummary = Report.pick({
  id: true,
  revision: true,
  endpoint: true,
  from: true,
  to: true,
  monitorRevision: true,
  status: true,
  rows: true,
  labels: true,
  alarms: true,
}).extend({ performance: Performance.optional(), createdAt: z.iso.datetime() });

export type ReportContent = z.infer<typeof ReportContent>;
export type Report = z.infer<typeof Report>;
export type ReportSummary = z.infer<typeof ReportSummary>;
export type ColumnReport = z.infer<typeof ColumnReport>;
export type AlarmFigure = z.infer<typeof AlarmFigure>;
