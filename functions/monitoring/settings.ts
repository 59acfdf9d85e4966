import * as z from 'zod';
import { readEnv } from '#shared/env.ts';

const Settings = z.object({
  DATA_BUCKET: z.string().min(1),
  AWS_REGION: z.string().default('us-east-1'),
  AWS_ENDPOINT_URL: z.string().optional(),
  /** What the names of our alarms and schedules begin with. */
  NAME_PREFIX: z.string().min(1).default('Skiff'),
  ALARM_TOPIC: z.string().optional(),
  /** Whether one composite alarm rings in the place of each by itself. */
  COMPOSITE_ALARMS: z.stringbool().default(false),
  /** Whether each monitored endpoint has a dashboard: beyond three, CloudWatch charges for them. */
  ENDPOINT_DASHBOARDS: z.stringbool().default(false),
  RUN_MONITOR_ARN: z.string().default(''),
  SCHEDULER_ROLE_ARN: z.string().default(''),
  SCHEDULER_DEAD_LETTERS_ARN: z.string().default(''),
});

let parsed: z.infer<typeof Settings> | undefined;

export function settings(): z.infer<typeof Settings> {
  parsed ??= readEnv(Settings);
  return parsed;
}
