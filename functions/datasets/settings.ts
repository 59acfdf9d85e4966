import * as z from 'zod';
import { positiveInteger, readEnv } from '#shared/env.ts';

const MIB = 2 ** 20;

const Settings = z.object({
  DATA_BUCKET: z.string().min(1),
  /** One copy within S3 takes no more. */
  SKIFF_MAX_DATASET_BYTES: positiveInteger(5 * 2 ** 30 - 1),
  /** Of a compressed file, unpacked. */
  SKIFF_MAX_UNPACKED_BYTES: positiveInteger(40 * 2 ** 30),
  /** Above this the registration goes on in a function of its own after a 202. */
  SKIFF_SYNC_DATASET_BYTES: positiveInteger(8 * MIB),
  PROFILE_DATASET_FUNCTION: z.string().default(''),
});

let parsed: z.infer<typeof Settings> | undefined;

export function settings(): z.infer<typeof Settings> {
  parsed ??= readEnv(Settings);
  return parsed;
}
