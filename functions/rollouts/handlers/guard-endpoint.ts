import * as z from 'zod';
import { catalogue } from '../../../events/catalogue.ts';
import { guardEndpoint } from '../guard.ts';

const Event = z.discriminatedUnion('detail-type', [
  z.object({ 'detail-type': z.literal('BudgetExceeded'), detail: catalogue.BudgetExceeded }),
  z.object({
    'detail-type': z.enum(['DriftDetected', 'PerformanceDegraded', 'DataQualityViolated']),
    detail: catalogue.DriftDetected,
  }),
]);

/** What monitors and budgets say of an endpoint: rolls it back where its guard says so. */
export const handler = async (event: unknown): Promise<void> => {
  const parsed = Event.parse(event);
  const { endpoint } = parsed.detail;
  await guardEndpoint(endpoint, { name: parsed['detail-type'], reason: reasonOf(parsed) });
};

function reasonOf(event: z.infer<typeof Event>): string {
  if (event['detail-type'] !== 'BudgetExceeded') return event.detail.reason;
  const { spent, amount, in: period } = event.detail;
  return `${Number(spent.toPrecision(3))} of ${amount} USD are spent in ${period}`;
}
