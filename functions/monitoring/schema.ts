import * as z from 'zod';
import { EndpointName } from '#slices/deployments';
import { ALARM_NAMES } from './alarms.ts';

export const OfEndpoint = z.strictObject({ endpoint: EndpointName });

const Time = z.iso.datetime({ offset: true });
const FeatureName = z.string().min(1).max(256);
/** Methods that profiles are enough for. */
const Method = z.enum([
  'kolmogorov-smirnov',
  'wasserstein',
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
  threshold: z.number().positive().optional().describe("The method's own where it is left out"),
});

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
  baseline: z
    .number()
    .nonnegative()
    .optional()
    .describe('Accuracy or mean absolute error; as the version was examined where left out'),
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
    reference: Reference.default({ kind: 'training' }),
    features: z.array(FeatureName).min(1).max(1000).optional().describe('All where left out'),
    tests: z.record(FeatureName, Test).default({}).describe('By feature or output'),
    minRows: z.int().min(2).max(1_000_000).default(100),
    minLabels: z.int().min(2).max(1_000_000).default(30),
    thresholds: Thresholds.default(Thresholds.parse({})),
    alarm: Alarm.default(Alarm.parse({})),
  })
  .refine(({ alarm }) => alarm.breaches <= alarm.windows, {
    error: 'must not be more than `windows`',
    path: ['alarm', 'breaches'],
  })
  .refine(({ reference: r }) => r.kind !== 'window' || Date.parse(r.from) < Date.parse(r.to), {
    error: 'must be after `from`',
    path: ['reference', 'to'],
  });

const AlarmName = z.enum(ALARM_NAMES);

export const Monitor = z.object({
  endpoint: z.string(),
  ...MonitorSpec.shape,
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
});
export const ReportId = z
  .string()
  .regex(/^\d{8}T\d{6}Z-\d{1,6}m-r\d{1,6}$/, 'must be the id of a report');
export const OfReport = OfEndpoint.extend({ report: ReportId });
export const ReportQuery = z.strictObject({
  format: z.enum(['json', 'html']).optional().describe('By `Accept` where it is left out'),
});

export type MonitorSpec = z.infer<typeof MonitorSpec>;
export type Monitor = z.infer<typeof Monitor>;
export type RunRequest = z.infer<typeof RunRequest>;
