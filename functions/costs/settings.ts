import * as z from 'zod';
import { PriceTable } from '#core/performance/prices.ts';
import { readEnv } from '#shared/env.ts';

const Settings = z.object({
  /** JSON with prices that differ from the defaults, such as `{"gigabyteSecond": 0.0000166667}`. */
  SKIFF_PRICES: z
    .string()
    .default('{}')
    .transform((text, context) => parseJson(text) ?? context.addIssue('must be a JSON object'))
    .pipe(PriceTable),
  /** What the names of our alarms begin with. */
  ALARM_PREFIX: z.string().min(1).default('Skiff'),
  ALARM_TOPIC: z.string().optional(),
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
