import * as z from 'zod';
import { breakOff } from '../advance.ts';

const Started = z.object({ endpoint: z.string(), rollout: z.string(), generation: z.int() });

const Broken = z.union([
  /** The workflow's own last step. */
  Started.extend({ error: z.object({ Error: z.string().optional() }) }),
  /** EventBridge: an execution that ended otherwise than by succeeding. */
  z.object({ detail: z.object({ status: z.string(), input: z.string() }) }),
]);

/** Whatever broke the workflow off, the rollout is held and says so. */
export const handler = async (event: unknown): Promise<void> => {
  const broken = Broken.parse(event);
  if ('error' in broken) {
    await breakOff(broken, `its workflow broke off (${broken.error.Error ?? 'unknown error'})`);
    return;
  }
  const { status, input } = broken.detail;
  await breakOff(Started.parse(JSON.parse(input)), `its workflow ended as ${status.toLowerCase()}`);
};
