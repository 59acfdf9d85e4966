import * as z from 'zod';
import { positiveInteger, readEnv } from '#shared/env.ts';

const MIB = 2 ** 20;

const Settings = z.object({
  ARTIFACTS_BUCKET: z.string().min(1),
  DATA_BUCKET: z.string().min(1),
  /** Buckets that `s3://` artifacts may come from, comma separated; the data bucket always may. */
  SKIFF_SOURCE_BUCKETS: z.string().default(''),
  SKIFF_MAX_ARTIFACT_BYTES: positiveInteger(2 ** 31 - 1),
  /** Above this the registration goes on in a function of its own after a 202. */
  SKIFF_SYNC_ARTIFACT_BYTES: positiveInteger(100 * MIB),
  REGISTER_VERSION_FUNCTION: z.string().default(''),
});

let parsed: z.infer<typeof Settings> | undefined;

export function settings(): z.infer<typeof Settings> {
  parsed ??= readEnv(Settings);
  return parsed;
}
