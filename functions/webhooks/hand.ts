import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ulid } from 'ulid';
import { AppError } from '#core/errors.ts';
import type { TestResult } from './mlflow-test.ts';
import type { MlflowEvent } from './schema.ts';
import { settings } from './settings.ts';

const lambda = new LambdaClient({});

/** One delivery, by its keys. */
export interface Errand {
  readonly webhook: string;
  readonly delivery: string;
}

/** Has it delivered by the worker, whose failures are tried again and end in a queue. */
export async function hand(errand: Errand): Promise<void> {
  const FunctionName = settings().DELIVER_WEBHOOK_FUNCTION;
  const Payload = Buffer.from(JSON.stringify(errand));
  await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload }));
}

/**
 * Has it send an example and waits for what comes of it: it alone may read secrets.
 * @throws AppError `unavailable` where it did not get to the end
 */
export async function handTest(webhook: string, test: MlflowEvent): Promise<TestResult> {
  const FunctionName = settings().DELIVER_WEBHOOK_FUNCTION;
  const Payload = Buffer.from(JSON.stringify({ webhook, test, delivery: ulid() }));
  const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload }));
  if (!answer.FunctionError && answer.Payload) {
    return JSON.parse(Buffer.from(answer.Payload).toString('utf8')) as TestResult;
  }
  throw new AppError('unavailable', 'the test could not be sent: try again');
}
