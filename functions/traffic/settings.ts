import * as z from 'zod';
import { readEnv } from '#shared/env.ts';

let known: { DATA_BUCKET: string } | undefined;

export function settings() {
  known ??= readEnv(z.object({ DATA_BUCKET: z.string().min(1) }));
  return known;
}
