import * as z from 'zod';
import { positiveInteger, readEnv } from '#shared/env.ts';

const Settings = z.object({
  ARTIFACTS_BUCKET: z.string().min(1),
  DATA_BUCKET: z.string().min(1),
  /** Of the function that serves predictions. */
  INFERENCE_MEMORY_MB: positiveInteger(1769),
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: positiveInteger(1769),
});

let parsed: z.infer<typeof Settings> | undefined;

export function settings(): z.infer<typeof Settings> {
  parsed ??= readEnv(Settings);
  return parsed;
}
