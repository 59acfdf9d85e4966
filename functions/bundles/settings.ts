import * as z from 'zod';
import { positiveInteger, readEnv } from '#shared/env.ts';

const Settings = z.object({
  TABLE_NAME: z.string().min(1),
  ARTIFACTS_BUCKET: z.string().min(1),
  DATA_BUCKET: z.string().min(1),
  /** A device holds the whole bundle in memory while it looks at it. */
  SKIFF_MAX_BUNDLE_BYTES: positiveInteger(2 ** 30),
});

let parsed: z.infer<typeof Settings> | undefined;

export function settings(): z.infer<typeof Settings> {
  parsed ??= readEnv(Settings);
  return parsed;
}
