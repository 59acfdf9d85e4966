import * as z from 'zod';
import { PriceTable } from '#core/performance/prices.ts';
import { positiveInteger, readEnv } from '#shared/env.ts';

const Settings = z.object({
  ARTIFACTS_BUCKET: z.string().min(1),
  DATA_BUCKET: z.string().min(1),
  /** Of the function that serves predictions. */
  INFERENCE_MEMORY_MB: positiveInteger(1769),
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: positiveInteger(1769),
  /** JSON with prices that differ from the defaults, such as `{"gigabyteSecond": 0.0000166667}`. */
  SKIFF_PRICES: z
    .string()
    .default('{}')
    .transform((text, context) => parseJson(text) ?? context.addIssue('must be a JSON object'))
    .pipe(PriceTable),
});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

let parsed: z.infer<typeof Settings> | undefined;

export function settings(): z.infer<typeof Settings> {
  parsed ??= readEnv(Settings);
  return parsed;
}
