import * as z from 'zod';
import { DeviceProfile } from '#core/capture/device-profile.ts';
import { LATENCY_BOUNDS_MS } from '#core/traffic/latency-buckets.ts';
import { OfEndpoint } from './schema.ts';

export const OfDevice = OfEndpoint.extend({
  device: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
      'must be 1 to 63 of A-Z a-z 0-9 . _ - and begin with a letter or digit',
    ),
});

const Count = z.int().nonnegative();
const VariantName = DeviceProfile.shape.variant;
const Revision = DeviceProfile.shape.revision;
/** Of one process of a device: a ULID of its own making. */
const Instance = z.string().regex(/^[0-9A-Z]{26}$/, 'must be a ULID');

const Moments = z.strictObject({
  count: Count,
  ...{ mean: z.number(), m2: z.number(), m3: z.number(), m4: z.number() },
});
const Sketch = z.strictObject({
  count: Count,
  levels: z.array(z.array(z.number()).max(10_000)).max(64),
  keepsOdd: z.array(z.boolean()).max(64),
});
const Name = z.string().max(512);
const OutputProfile = z.discriminatedUnion('kind', [
  z.strictObject({
    name: Name,
    kind: z.literal('label'),
    counts: z.array(z.tuple([z.string().max(1024), Count])).max(50),
    other: Count,
  }),
  z.strictObject({
    name: Name,
    kind: z.literal('score'),
    moments: Moments,
    bins: z.array(Count).max(100),
  }),
  z.strictObject({
    name: Name,
    kind: z.literal('value'),
    moments: Moments,
    min: z.number().nullable(),
    max: z.number().nullable(),
    quantiles: Sketch,
  }),
]);

/** As core/traffic/summary.ts has it, without what only functions of ours cost. */
const Summary = z.strictObject({
  ...{ requests: Count, rows: Count, clientErrors: Count, serverErrors: Count },
  latency: Sketch,
  latencyCounts: z
    .array(Count)
    .length(LATENCY_BOUNDS_MS.length + 1)
    .optional(),
  latencySum: z.number().nonnegative(),
  ...{ selected: Count, captured: Count, files: Count, tableWrites: Count },
  outputs: z.array(OutputProfile).max(1000),
});

const CaptureItem = z.strictObject({
  kind: z.literal('capture'),
  id: DeviceProfile.shape.id,
  variant: VariantName,
  revision: Revision,
  at: z.iso.datetime().describe('Anywhere in the hour of its predictions'),
  shadowed: z.boolean(),
  base64: z.base64().min(1).describe('The Parquet file'),
});

const SummaryItem = z.strictObject({
  kind: z.literal('summary'),
  id: z.string().max(256),
  instance: Instance,
  variant: VariantName,
  revision: Revision,
  minute: z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/, 'must be a minute such as 2026-11-25T21:15Z')
    .refine((minute) => !Number.isNaN(Date.parse(minute)), { error: 'must be a time' }),
  before: Count.describe('Requests that the process had before this minute'),
  summary: Summary,
});

const ProfileItem = DeviceProfile.extend({ kind: z.literal('profile') });

const UploadItem = z.discriminatedUnion('kind', [CaptureItem, SummaryItem, ProfileItem]);

const MAX_ITEMS = 100;
export const DeviceUpload = z.strictObject({ items: z.array(UploadItem).min(1).max(MAX_ITEMS) });

const UploadOutcome = z.object({
  id: z.string(),
  result: z
    .enum(['stored', 'duplicate', 'refused', 'failed'])
    .describe('Duplicate: it was there before. Failed: send it again'),
  reason: z.string().optional(),
});
export const DeviceUploadResult = z.object({
  items: z.array(UploadOutcome).describe('In the order in which they were sent'),
});

export type CaptureItem = z.infer<typeof CaptureItem>;
export type SummaryItem = z.infer<typeof SummaryItem>;
export type UploadItem = z.infer<typeof UploadItem>;
export type UploadOutcome = z.infer<typeof UploadOutcome>;
