import * as z from 'zod';
import { readEnv } from '#shared/env.ts';

const Settings = z.object({
  DELIVER_WEBHOOK_FUNCTION: z.string().default(''),
  /** Whether URLs may be http and lead to addresses of the inside. */
  PRIVATE_ADDRESSES: z.stringbool().default(false),
});

let parsed: z.infer<typeof Settings> | undefined;

export function settings(): z.infer<typeof Settings> {
  parsed ??= readEnv(Settings);
  return parsed;
}
