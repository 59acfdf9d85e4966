import { type Api, call, request } from '../api-client.ts';
import { type Example, readSuccessor } from '../examples.ts';
import { verdictOf } from '../verdict.ts';
import { registerVersion } from './first-day.ts';
import { step } from './print.ts';

interface Rollout {
  readonly id: string;
  readonly status: string;
  readonly reason?: string;
  readonly decisions: readonly { readonly what: string; readonly weight: number }[];
}

/** Short bakes and medians: a demo on a busy machine, not a recommendation. */
const QUICK = {
  bakeSeconds: 5,
  patienceSeconds: 120,
  criteria: { minimumRequests: 20, latency: { quantile: 0.5, increase: 4 } },
};

/** An honest successor takes over by a canary; one that has become slow sends itself back. */
export async function showRollouts(api: Api, example: Example): Promise<void> {
  const { endpoint, model } = example;
  console.log(`\n${example.name}: two successors, rolled out under traffic`);
  for (const [name, wanted] of [
    ['slow', 'rolled-back'],
    ['better', 'promoted'],
  ] as const) {
    const candidate = readSuccessor(example.name, name);
    let version = 0;
    await step(`register the ${name} one`, async () => {
      ({ version } = await registerVersion(api, model.name, candidate));
      const { status, reason } = await verdictOf(api, model.name, version);
      if (status !== 'approved') throw new Error(`${status}: ${reason}`);
      return `version ${version}, approved`;
    });
    await step('canary of 20 %, then 50 %, then all', async () => {
      const body = {
        model: model.name,
        version,
        strategy: { kind: 'canary', steps: [20, 50] },
        ...QUICK,
      };
      const path = `/api/v1/endpoints/${endpoint}/rollouts`;
      const { id } = await call<Rollout>(api, 'POST', path, { body });
      const rollout = await underTraffic(api, example, () => ended(api, `${path}/${id}`));
      if (rollout.status !== wanted) throw new Error(`${rollout.status}: ${rollout.reason}`);
      return summary(rollout);
    });
  }
}

function summary({ status, reason, decisions }: Rollout): string {
  const steps = decisions.filter(({ what }) => what === 'start' || what === 'advance');
  const way = steps.map(({ weight }) => `${weight} %`).join(' → ');
  return status === 'promoted' ? `${way}: promoted` : `${way}: went back\n      ${reason}`;
}

async function ended(api: Api, path: string): Promise<Rollout> {
  const deadline = Date.now() + 240_000;
  for (;;) {
    const rollout = await call<Rollout>(api, 'GET', path);
    if (rollout.status !== 'running') return rollout;
    if (Date.now() > deadline) throw new Error('the rollout did not end in time');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Two callers, until the work is done; every one of their calls must be answered. */
async function underTraffic<T>(
  api: Api,
  { endpoint, expected }: Example,
  work: () => Promise<T>,
): Promise<T> {
  let going = true;
  const path = `/v2/models/${endpoint}/infer`;
  const caller = async () => {
    while (going) {
      const { status, body } = await request(api, 'POST', path, { body: expected.request });
      if (status !== 200) throw new Error(`a prediction failed: ${JSON.stringify(body)}`);
    }
  };
  const callers = Promise.all([caller(), caller()]);
  try {
    return await Promise.race([work(), callers.then(() => work())]);
  } finally {
    going = false;
    await callers;
  }
}
