import * as z from 'zod';
import { bodyOf, exampleOf } from './mlflow-events.ts';
import { MlflowEvent } from './schema.ts';
import { post } from './send.ts';
import { settings } from './settings.ts';
import { mlflowHeaders } from './signature.ts';
import { getWebhook, readSecret } from './store.ts';

/** A test of a webhook that an MLflow client asks for. */
export const TestErrand = z.object({ webhook: z.ulid(), test: MlflowEvent, delivery: z.ulid() });

/** As MLflow says what came of a test. */
export interface TestResult {
  readonly success: boolean;
  readonly response_status?: number;
  readonly error_message?: string;
}

/** Sends an example of an event, once. What the receiver says is not read, only its status. */
export async function sendTest(
  { webhook: id, test, delivery }: z.infer<typeof TestErrand>,
  now = new Date(),
): Promise<TestResult> {
  const [{ url }, secret] = await Promise.all([getWebhook(id), readSecret(id)]);
  const body = bodyOf(test, exampleOf(test), now);
  const message = { id: delivery, body, timestamp: Math.floor(now.getTime() / 1000) };
  const headers = mlflowHeaders(secret, message);
  try {
    const allowPrivate = settings().PRIVATE_ADDRESSES;
    const response_status = await post({ url, headers, body, allowPrivate });
    return { success: response_status < 400, response_status };
  } catch (error) {
    const reason = (error as Error).message.slice(0, 500);
    return { success: false, error_message: `Failed to test webhook: ${reason}` };
  }
}
