import { logger } from '#shared/observability.ts';
import { banditEndpoints, steer } from '../bandit.ts';
import { evaluate } from '../evaluate.ts';
import { readExperiment, runningExperiments } from '../store.ts';

/**
 * On a schedule: looks at every experiment that runs, and steers every bandit. One that fails holds
 * up no other; that any failed is said at the end, so that the schedule tries again.
 */
export const handler = async (): Promise<void> => {
  let failed = 0;
  const attempt = async (what: string, run: () => Promise<unknown>) => {
    try {
      await run();
    } catch (error) {
      failed++;
      logger.error('evaluation failed', { error, 'labels.subject': what });
    }
  };
  for await (const { endpoint, id } of runningExperiments()) {
    await attempt(`experiment ${id}`, async () => evaluate(await readExperiment(endpoint, id)));
  }
  for await (const endpoint of banditEndpoints()) {
    await attempt(`bandit ${endpoint.name}`, () => steer(endpoint));
  }
  if (failed > 0) throw new Error(`${failed} evaluations failed: see the log`);
};
