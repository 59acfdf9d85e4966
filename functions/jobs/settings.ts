import * as z from 'zod';
import { PriceTable } from '#core/performance/prices.ts';
import { positiveInteger, readEnv } from '#shared/env.ts';

const Settings = z.object({
  DATA_BUCKET: z.string().min(1),
  /** Of the function that scores shards. */
  BATCH_MEMORY_MB: positiveInteger(1769),
  /** JSON with prices that differ from the defaults. */
  SKIFF_PRICES: z
    .string()
    .default('{}')
    .transform((text) => JSON.parse(text))
    .pipe(PriceTable),
});

let parsed: z.infer<typeof Settings> | undefined;

export function settings(): z.infer<typeof Settings> {
  parsed ??= readEnv(Settings);
  return parsed;
}
