import { HOUR_MS } from '#core/capture/keys.ts';
import { logger } from '#shared/observability.ts';
import { endpointNames } from '#slices/deployments';
import { compactHour } from './compaction.ts';
import { rollUpLate } from './late.ts';
import { rollUp } from './roll-up.ts';

/** Hours ago, each looked at three times: what comes late, or failed, is taken in by the next. */
const ROLLED_UP = [1, 2, 3];
/** Shadows have scored by then: their last attempt is six hours after the file. */
const COMPACTED = [7, 8, 9];
const LONGEST_HOURS = 10;

/**
 * Rolls up traffic and compacts captures, endpoint by endpoint; one that fails holds up no other.
 * @param now milliseconds since the epoch
 */
export async function tidyTraffic(now: number): Promise<void> {
  const start = now - (now % HOUR_MS);
  let failed = 0;
  // One that was deleted meanwhile has its last hours, too.
  for await (const endpoint of endpointNames(start - LONGEST_HOURS * HOUR_MS)) {
    try {
      for (const hours of ROLLED_UP) await rollUp(endpoint, start - hours * HOUR_MS);
      await rollUpLate(endpoint);
      for (const hours of COMPACTED) {
        await compactHour('captures', endpoint, start - hours * HOUR_MS);
        await compactHour('shadows', endpoint, start - hours * HOUR_MS);
      }
    } catch (error) {
      failed++;
      logger.error('traffic could not be tidied up', { endpoint, error });
    }
  }
  if (failed > 0) throw new Error(`the traffic of ${failed} endpoints could not be tidied up`);
}
