import { warmUp } from '#shared/onnx.ts';
import type { Failures, SourceEvent } from '#shared/source-records.ts';
import { type Consumer, consume } from '../consume.ts';
import { awsConsumer } from '../host.ts';
import { readSettings } from '../settings.ts';

warmUp().catch(() => {
  // The first batch meets the same error.
});

let consumer: Consumer | undefined;

/** Records of a Kinesis stream, or messages of an SQS queue. */
export const handler = async (event: SourceEvent): Promise<Failures> => {
  consumer ??= awsConsumer(readSettings());
  return consume(consumer, event);
};
