import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
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
