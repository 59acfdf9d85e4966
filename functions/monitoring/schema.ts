import * as z from 'zod';
import { DETECTOR_KINDS } from '#core/concept-drift/detectors.ts';
import { EndpointName } from '#slices/deployments';
import { ALARM_NAMES } from './alarms.ts';

export const OfEndpoint = z.strictObject({ endpoint: EndpointName });

const Time = z.iso.datetime({ offset: true });
const FeatureName = z.string().min(1).max(256);
const Method = z.enum([
  'kolmogorov-smirnov',
  'cramer-von-mises',
  'anderson-darling',
  'wasserstein',
  'energy-distance',
  'psi',
  'jensen-shannon',
  'hellinger',
  'kullback-leibler',
  'chi-square',
  'chi-square-fit',
  'g-test',
]);

const SCHEDULE =
  /^(rate\([1-9]\d{0,3} (minutes?|hours?|days?)\)|cron\([\dA-Za-z*?,/#-]+( [\dA-Za-z*?,/#-]+){5}\))$/;

const Reference = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('training') }),
  z
    .strictObject({ kind: z.literal('first-window') })
    .describe(
      'The first window with `minRows` rows; what is taken where there is no training data',
    ),
  z.strictObject({
    kind: z.literal('dataset'),
    name: z.string().min(1).max(250),
    digest: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional()
      .describe('The newest when it is set'),
  }),
  z.strictObject({ kind: z.literal('window'), from: Time, to: Time }),
]);

const Test = z.strictObject({
  method: Method.optional().describe('Chosen by kind of column and rows where it is left out'),
  threshold: z
    .number()
    .positive()
    .optional()
    .describe("The method's own where it is left out, or what chunks of the reference reach"),
});

const Segment = z.strictObject({
  name: z.string().min(1).max(64),
  where: z
    .array(
      z.union([
        z.strictObject({
          feature: FeatureName,
          is: z
            .array(z.union([z.string().max(256), z.number(), z.boolean()]))
            .min(1)
            .max(100),
        }),
        z
          .strictObject({
            feature: FeatureName,
            from: z.number().optional(),
            to: z.number().optional().describe('Exclusive'),
          })
          .refine(({ from, to }) => from !== undefined || to !== undefined, {
            error: 'give `from`, `to` or both, or the values it `is`',
          }),
      ]),
    )
    .min(1)
    .max(4)
    .describe('All of them must hold'),
});

const Multivariate = z.strictObject({
  method: z
    .enum(['domain-classifier', 'energy', 'maximum-mean-discrepancy'])
    .optional()
    .describe('`energy` for vectors, `domain-classifier` for rows of columns where left out'),
  threshold: z.number().gt(0).lt(1).optional().describe('Of its score, or of the p-value'),
});

const ConceptDrift = z.strictObject({
  detectors: z
    .array(z.enum(DETECTOR_KINDS))
    .max(7)
    .default(['adwin'])
    .describe('None: not looked for'),
});

/** What may be held against its baseline, by the names of the quality check. */
export const METRICS = [
  ...['accuracy', 'precision', 'recall', 'specificity', 'f1', 'balanced-accuracy', 'mcc'],
  ...['roc-auc', 'macro-precision', 'macro-recall', 'macro-f1', 'mae', 'rmse'],
] as const;

const MAX_WINDOW_MINUTES = 7 * 1440;

const Thresholds = z.strictObject({
  driftedShare: z.number().gt(0).max(1).default(0.5).describe('Of the features'),
  worstFeature: z
    .number()
    .min(1)
    .max(10)
    .default(3)
    .describe('Times its own threshold; of logarithms where that is a p-value'),
  missing: z
    .number()
    .min(0)
    .max(1)
    .default(0.01)
    .describe('Points by which a share of bad values may exceed that of the reference'),
  accuracyDrop: z
    .number()
    .gt(0)
    .max(1)
    .default(0.05)
    .describe('Points of accuracy below the baseline; the growth of the error of values'),
  metric: z
    .enum(METRICS)
    .optional()
    .describe('Accuracy or mean absolute error where it is left out'),
  baseline: z
    .number()
    .nonnegative()
    .optional()
    .describe("Of that metric; the reference window's labels, or the examination, where left out"),
  estimates: z
    .boolean()
    .default(true)
    .describe('Whether an estimate counts for `accuracyDrop` until labels come'),
  errorRate: z.number().gt(0).max(1).default(0.01).describe('5xx of all requests'),
  p95LatencyMs: z.number().positive().default(1000),
  minRequests: z.int().nonnegative().default(1).describe('In a window; 0: silence is no alarm'),
});

const Alarm = z.strictObject({
  breaches: z.int().min(1).max(24).default(2).describe('Windows out of bounds…'),
  windows: z.int().min(1).max(24).default(3).describe('…of so many last ones'),
  coolDownMinutes: z
    .int()
    .min(0)
    .max(43_200)
    .default(360)
    .describe('After an event there is no other of its kind for so long'),
});

const Window = z.strictObject({
  minutes: z.int().min(1).max(MAX_WINDOW_MINUTES).default(60),
  delayMinutes: z.int().min(0).max(1440).default(5).describe('For what is written late'),
});

const MAX_SEGMENTS = 10;

/** Every field may be left out. */
export const MonitorSpec = z
  .strictObject({
    schedule: z
      .string()
      .max(256)
      .regex(SCHEDULE, 'must be "rate(1 hour)" or "cron(0 6 * * ? *)", as EventBridge has them')
      .optional()
      .describe('When to look; once per window where it is left out'),
    window: Window.default(Window.parse({})),
    reference: Reference.optional().describe(
      "The version's training data, or the first window, where it is left out",
    ),
    features: z.array(FeatureName).min(1).max(1000).optional().describe('All where left out'),
    tests: z.record(FeatureName, Test).default({}).describe('By feature or output'),
    segments: z
      .array(Segment)
      .max(MAX_SEGMENTS)
      .default([])
      .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
        error: 'two segments have the same name',
      }),
    multivariate: Multivariate.default({}),
    conceptDrift: ConceptDrift.default(ConceptDrift.parse({})),
    minRows: z.int().min(2).max(1_000_000).default(100),
    minLabels: z.int().min(2).max(1_000_000).default(30),
    thresholds: Thresholds.default(Thresholds.parse({})),
    alarm: Alarm.default(Alarm.parse({})),
  })
  .refine(({ alarm }) => alarm.breaches <= alarm.windows, {
    error: 'must not be more than `windows`',
    path: ['alarm', 'breaches'],
  })
  .refine(({ reference: r }) => r?.kind !== 'window' || Date.parse(r.from) < Date.parse(r.to), {
    error: 'must be after `from`',
    path: ['reference', 'to'],
  });

const AlarmName = z.enum(ALARM_NAMES);

export const Monitor = z.object({
  endpoint: z.string(),
  ...MonitorSpec.shape,
  reference: Reference,
  revision: z.int().positive(),
  raised: z.array(AlarmName).describe('Alarms that are raised now'),
  next: z.iso.datetime().describe('Beginning of the next window to be looked at'),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  updatedBy: z.string(),
});

export const RunRequest = z.strictObject({
  from: Time.optional().describe('The last whole window where it is left out'),
  to: Time.optional().describe('Exclusive; one window after `from` where it is left out'),
});

export const ReportsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(1024).optional(),
  format: z.enum(['json', 'html']).optional().describe('By `Accept` where it is left out'),
});
export const ReportId = z
  .string()
  .regex(/^\d{8}T\d{6}Z-\d{1,6}m-r\d{1,6}$/, 'must be the id of a report');
export const OfReport = OfEndpoint.extend({ report: ReportId });
export const ReportQuery = z.strictObject({
  format: z.enum(['json', 'html']).optional().describe('By `Accept` where it is left out'),
});

export type Reference = z.infer<typeof Reference>;
export type MonitorSpec = z.infer<typeof MonitorSpec>;
/** As it is kept: with what windows are compared with. */
export type PinnedSpec = MonitorSpec & { readonly reference: Reference };
export type Monitor = z.infer<typeof Monitor>;
export type RunRequest = z.infer<typeof RunRequest>;
