import * as z from 'zod';
import { DETECTOR_KINDS } from '#core/concept-drift/detectors.ts';
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

const Compared = {
  method: z.string(),
  score: z.number(),
  pValue: z.number().optional(),
  adjustedPValue: z.number().optional().describe('Corrected for the number of tests of the window'),
  threshold: z.number(),
  drifted: z.boolean(),
  effectSize: z.number().optional(),
  errorBound: z.number().optional().describe('The exact score is at most so far from this one'),
  strength: z.number().describe('1 at the threshold, 10 at most'),
};

const ColumnReport = z.object({
  name: z.string(),
  ...Compared,
  importance: z.number().describe('Share of what the model leans on'),
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

const Metric = z.object({
  name: z.string(),
  value: z.number().nullable().describe('Null where the rows leave it undefined'),
  interval: Interval.optional(),
  n: Count.optional().describe('Rows behind it'),
  baseline: z.number().optional(),
  baselineInterval: Interval.optional(),
  loss: z.number().optional().describe('Against the baseline, the least that the interval allows'),
});

/** The metric that the alarm is about. */
const Headline = {
  metric: z.string(),
  value: z.number(),
  interval: Interval,
  baseline: z.number().optional(),
  loss: Metric.shape.loss,
};

const Performance = z.object({
  ...Headline,
  labelled: Count.describe('Predictions whose truth is known'),
  against: z.string().describe('In words: where the baseline comes from'),
  metrics: z.array(Metric),
});

const Estimate = z.object({
  ...Headline,
  rows: Count.describe('Predictions, labelled or not'),
  learntFrom: Count.describe('Rows of the examination'),
  metrics: z.array(Metric),
  truth: z
    .object({
      rows: Count.describe('Labelled predictions; both figures are of these'),
      estimated: z.number(),
      interval: Interval,
      measured: z.number(),
      within: z.boolean().describe('Whether what was measured lies in the interval'),
    })
    .optional(),
});

const ConceptDrift = z.object({
  of: z.object({ model: z.string(), version: z.int() }),
  follows: z.string().optional().describe('The report whose detectors went on'),
  errors: Count.describe('Of labelled predictions of the window'),
  seen: Count.describe('In all windows since the detectors began'),
  findings: z.array(
    z.object({
      detector: z.enum(DETECTOR_KINDS),
      predictionId: z.string().describe('Where it was found'),
      row: Count,
      before: z.number().describe('Mean error since the finding before'),
      after: z.number().describe('Of the last 30 predictions'),
    }),
  ),
  state: z.record(z.string(), z.json()).describe('With which the next window goes on'),
});

const Multivariate = z.object({
  columns: z.array(z.string()).describe('Looked at together'),
  ...Compared,
});

const Segment = z.object({
  name: z.string(),
  rows: Count.describe('Of those at hand: of more than 10,000 in the window, a sample'),
  referenceRows: Count,
  status: z.enum(['stable', 'drifted', 'insufficient-data']),
  driftedShare: z.number().nullable(),
  features: z.array(z.object({ name: z.string(), ...Compared })),
  quality: z.array(QualityFinding),
  performance: Performance.optional(),
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
  estimated: z.literal(true).optional().describe('Foretold: there are too few labels to measure'),
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
  multivariate: z.array(Multivariate),
  segments: z.array(Segment),
  performance: Performance.optional(),
  estimate: Estimate.optional(),
  conceptDrift: ConceptDrift.optional(),
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
}).extend({
  performance: Performance.omit({ metrics: true }).optional(),
  estimate: Estimate.omit({ metrics: true }).optional(),
  conceptDrift: ConceptDrift.omit({ state: true }).optional(),
  createdAt: z.iso.datetime(),
});

export type ReportContent = z.infer<typeof ReportContent>;
export type Report = z.infer<typeof Report>;
export type ReportSummary = z.infer<typeof ReportSummary>;
export type ColumnReport = z.infer<typeof ColumnReport>;
export type AlarmFigure = z.infer<typeof AlarmFigure>;
export type MultivariateReport = z.infer<typeof Multivariate>;
export type SegmentReport = z.infer<typeof Segment>;
export type MetricReport = z.infer<typeof Metric>;
export type PerformanceReport = z.infer<typeof Performance>;
export type EstimateReport = z.infer<typeof Estimate>;
export type ConceptDriftReport = z.infer<typeof ConceptDrift>;
