import * as z from 'zod';
import { abandonJob } from '../workflow.ts';

const Of = z.object({ job: z.string(), attempt: z.number() });
const Caught = z.object({ Error: z.string().default('error'), Cause: z.string().default('') });

const Broken = z.union([
  /** The workflow's own last step. */
  z.object({ ...Of.shape, error: Caught }),
  /** EventBridge: an execution that ended otherwise than by succeeding. */
  z.object({ detail: z.object({ status: z.string(), input: z.string() }) }),
]);

/** Whatever broke the workflow off, the job ends and says so. */
export const handler = async (event: unknown): Promise<void> => {
  const broken = Broken.parse(event);
  if ('error' in broken) {
    const { Error: name, Cause } = broken.error;
    const why = Cause.split('\n')[0]?.slice(0, 300) || name;
    await abandonJob(broken, `the workflow broke off: ${why}; resume it when that is mended`);
    return;
  }
  const { status, input } = broken.detail;
  await abandonJob(Of.parse(JSON.parse(input)), `the workflow ended as ${status.toLowerCase()}`);
};
