import * as z from 'zod';
import { readEnv } from '#shared/env.ts';

const Settings = z.object({
  ARTIFACTS_BUCKET: z.string().min(1),
  DATA_BUCKET: z.string().min(1),
});

let parsed: z.infer<typeof Settings> | undefined;

export function settings(): z.infer<typeof Settings> {
  parsed ??= readEnv(Settings);
  return parsed;
}
