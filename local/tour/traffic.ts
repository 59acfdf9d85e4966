import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, call, request } from '../api-client.ts';
import type { Example } from '../examples.ts';
import { verdictOf } from '../verdict.ts';
import { approved, type FirstDay, registerVersion } from './first-day.ts';
import { dot, step } from './print.ts';

const PATIENTS = 100;
const PATIENCE_MS = 60_000;

/** Two versions share the traffic of an endpoint, and one call brings back what was before. */
export async function showTraffic(api: Api, example: Example, day: FirstDay): Promise<void> {
  const { endpoint, model, version } = day;
  const path = `/api/v1/endpoints/${endpoint}`;
  console.log(`\n${example.name}: traffic between two versions`);
  let next = 0;
  await step('register the version again, as if trained anew', async () => {
    const more = { ...example.version, description: 'trained anew' };
    next = (await registerVersion(api, model, { ...example, more })).version;
    return approved(await verdictOf(api, model, next, { onProgress: dot }));
  });
  await step('give it a fifth of the traffic, patient by patient', async () => {
    const variants = [
      { name: 'stable', model, version, weight: 80 },
      { name: 'next', model, version: next, weight: 20 },
    ];
    const stickyUnit = { kind: 'header', name: 'x-patient' };
    const { revision } = await call<{ revision: number }>(api, 'PUT', path, {
      body: { variants, stickyUnit },
    });
    return `revision ${revision} answers after ${await untilRevision(api, example, revision)} s`;
  });
  await step('predict for a hundred patients, twice', async () => {
    const [first, again] = [await variantsSeen(api, example), await variantsSeen(api, example)];
    const stayed = first.filter((variant, i) => variant === again[i]).length;
    const share = first.filter((variant) => variant === 'next').length;
    return `${share} of ${PATIENTS} by version ${next}; ${stayed} saw the same variant again`;
  });
  await step('roll back with one call', async () => {
    const body = { reason: 'the end of the tour' };
    const { revision, restoredFrom } = await call<{ revision: number; restoredFrom: number }>(
      api,
      'POST',
      `${path}/rollbacks`,
      { body },
    );
    const seconds = await untilRevision(api, example, revision);
    return `revision ${restoredFrom} is back as ${revision} after ${seconds} s: version ${version} alone`;
  });
}

const predictFor = (api: Api, { endpoint, expected }: Example, patient: number) =>
  request(api, 'POST', `/v2/models/${endpoint}/infer`, {
    body: expected.request,
    headers: { 'x-patient': `patient-${patient}` },
  });

async function variantsSeen(api: Api, example: Example): Promise<string[]> {
  const seen: string[] = [];
  for (let patient = 0; patient < PATIENTS; patient++) {
    const { status, headers } = await predictFor(api, example, patient);
    if (status !== 200) throw new Error(`patient ${patient} got ${status}`);
    seen.push(headers.get('x-skiff-variant') ?? '');
  }
  return seen;
}

/** Functions keep the record of an endpoint for some seconds. */
async function untilRevision(api: Api, example: Example, revision: number): Promise<string> {
  const start = Date.now();
  for (;;) {
    const { headers } = await predictFor(api, example, 0);
    const seconds = (Date.now() - start) / 1000;
    if (headers.get('x-skiff-endpoint-revision') === String(revision)) return seconds.toFixed(1);
    if (seconds * 1000 > PATIENCE_MS) throw new Error(`revision ${revision} does not answer`);
    await sleep(250);
  }
}
