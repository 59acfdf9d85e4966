import * as z from 'zod';
import { positiveInteger, readEnv } from '#shared/env.ts';

const Settings = z.object({
  TABLE_NAME: z.string().min(1),
  ARTIFACTS_BUCKET: z.string().min(1),
  DATA_BUCKET: z.string().min(1),
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: positiveInteger(1769),
});

let known: (z.infer<typeof Settings> & { memoryMb: number }) | undefined;

export function settings() {
  if (!known) {
    const parsed = readEnv(Settings);
    known = { ...parsed, memoryMb: parsed.AWS_LAMBDA_FUNCTION_MEMORY_SIZE };
  }
  return known;
}
