import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, call } from '../api-client.ts';
import type { Example } from '../examples.ts';
import type { FirstDay } from './first-day.ts';
import { step } from './print.ts';

const PATIENCE_MS = 90_000;

interface Agreement {
  readonly requests: number;
  readonly labelledRows: number;
  readonly otherLabelShare: number | null;
  readonly meanDifference: number | null;
  readonly latency: { readonly p50: number | null };
}

/** Another version sees what callers send, outside their time, and its disagreement is told. */
export async function showShadow(api: Api, example: Example, day: FirstDay): Promise<void> {
  const { endpoint, model, version } = day;
  const path = `/api/v1/endpoints/${endpoint}`;
  const shadow = await otherVersion(api, model, version);
  if (shadow === undefined) return;
  console.log(`\n${example.name}: version ${shadow} in the shadow of version ${version}`);
  await step('capture every request, and have the other version score it', async () => {
    const body = {
      variants: [{ model, version }],
      shadows: [{ name: 'shadow', model, version: shadow }],
      capture: { share: 1 },
    };
    const { revision } = await call<{ revision: number }>(api, 'PUT', path, { body });
    return `revision ${revision}`;
  });
  await step('predict until it has seen some', async () => {
    const { latency, ...seen } = await untilScored(api, example, path);
    const share = `${(100 * (seen.otherLabelShare ?? 0)).toFixed(1)} %`;
    const difference = (seen.meanDifference ?? 0).toExponential(1);
    return `${seen.requests} requests scored: another label in ${share} of ${seen.labelledRows} rows, mean difference ${difference}, median ${latency.p50?.toFixed(1)} ms`;
  });
  await step('ask what the endpoint cost', async () => {
    const cost = await call<{ total: number; predictions: number }>(api, 'GET', `${path}/cost`);
    return `$${cost.total.toExponential(1)} for ${cost.predictions} predictions, the shadow included`;
  });
}

/** The newest other version that may carry traffic. */
export async function otherVersion(api: Api, model: string, version: number) {
  const { items } = await call<{ items: { version: number; status: string }[] }>(
    api,
    'GET',
    `/api/v1/models/${model}/versions?limit=100`,
  );
  const others = items.filter((item) => item.status === 'approved' && item.version !== version);
  return others.length > 0 ? Math.max(...others.map((item) => item.version)) : undefined;
}

async function untilScored(api: Api, { endpoint, expected }: Example, path: string) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    await call(api, 'POST', `/v2/models/${endpoint}/infer`, { body: expected.request });
    const { shadows } = await call<{ shadows: Agreement[] }>(api, 'GET', `${path}/shadows`);
    const seen = shadows[0];
    if (seen && seen.labelledRows > 0) return seen;
    if (Date.now() > deadline) throw new Error('the shadow has scored nothing');
    await sleep(500);
  }
}
