import * as z from 'zod';
import { abandon, crash } from '../workflow.ts';

const Caught = z.object({ Error: z.string().optional(), Cause: z.string().optional() });
const Execution = z.object({ validation: z.string(), model: z.string(), version: z.number() });

const Broken = z.union([
  /** The workflow's own last step. */
  z.object({ id: z.string(), model: z.string(), version: z.number(), error: Caught }),
  /** EventBridge: an execution that ended otherwise than by succeeding. */
  z.object({ detail: z.object({ status: z.string(), input: z.string() }) }),
]);

/** Whatever broke the workflow off, the validation ends and says so. */
export const handler = async (event: unknown): Promise<void> => {
  const broken = Broken.parse(event);
  if ('error' in broken) {
    await abandon(broken, `the workflow broke off: ${crash(broken.error)}`);
    return;
  }
  const { status, input } = broken.detail;
  const { validation: id, model, version } = Execution.parse(JSON.parse(input));
  await abandon({ id, model, version }, `the workflow ended as ${status.toLowerCase()}`);
};
