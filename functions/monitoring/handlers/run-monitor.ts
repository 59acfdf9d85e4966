import * as z from 'zod';
import { AppError } from '#core/errors.ts';
import { logger } from '#shared/observability.ts';
import { getEndpoint } from '#slices/deployments';
import { deleteMonitor, getMonitor } from '../monitors.ts';
import { runDue } from '../run.ts';

const Event = z.object({ endpoint: z.string() });
const BY = { actor: 'skiff' };

/** What an endpoint's schedule calls: looks at the windows that are over. */
export const handler = async (event: unknown): Promise<void> => {
  const { endpoint } = Event.parse(event);
  try {
    const monitor = await getMonitor(endpoint);
    if (await isGone(endpoint)) return await deleteMonitor(endpoint, BY);
    const reports = await runDue(monitor, { ...BY, now: new Date() });
    logger.info('monitor run', { endpoint, reports: reports.map(({ id }) => id) });
  } catch (error) {
    // The monitor was deleted meanwhile: nothing to look at.
    if (!(error instanceof AppError) || error.code !== 'not-found') throw error;
    logger.warn('nothing monitored', { endpoint, reason: error.message });
  }
};

/** A monitor does not outlive its endpoint. */
async function isGone(endpoint: string): Promise<boolean> {
  try {
    await getEndpoint(endpoint);
    return false;
  } catch (error) {
    if (error instanceof AppError && error.code === 'not-found') return true;
    throw error;
  }
}
