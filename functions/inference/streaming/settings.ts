import * as z from 'zod';
import { positiveInteger, readEnv } from '#shared/env.ts';

export const SINKS = ['kinesis', 'sqs', 'firehose'] as const;

/** What a stream's function is told by its deployment. */
export const readSettings = () =>
  readEnv(
    z.object({
      STREAM: z.string().min(1),
      ENDPOINT: z.string().min(1),
      SINK_KIND: z.enum(SINKS),
      /** The ARN of a stream, the URL of a queue, the name of a delivery stream. */
      SINK: z.string().min(1),
      REJECTS_URL: z.string().min(1),
      ONE_BY_ONE: z.stringbool().default(false),
      ID_FIELD: z.string().min(1).optional(),
      /** 0: records are not known again. */
      WINDOW_HOURS: z.coerce.number().min(0).default(24),
      LEASE_SECONDS: positiveInteger(65),
      TABLE_NAME: z.string().min(1),
      ARTIFACTS_BUCKET: z.string().min(1),
      DATA_BUCKET: z.string().min(1),
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: positiveInteger(1769),
    }),
  );

export type StreamSettings = ReturnType<typeof readSettings>;
