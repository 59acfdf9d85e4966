import { beforeEach, describe, expect, it } from '@jest/globals';
import { assignSlots } from '#core/routing/slots.ts';
import { banditEndpoints, steer } from '../../../functions/experiments/bandit.ts';
import { evaluate } from '../../../functions/experiments/evaluate.ts';
import { createExperiment } from '../../../functions/experiments/experiments.ts';
import { type Experiment, NewExperiment } from '../../../functions/experiments/schema.ts';
import { handler as feedback } from '../../../functions/feedback/handlers/api.ts';
import { recorderOf } from '../../helpers/capture.ts';
import { fakeS3 } from '../../helpers/fake-s3.ts';
import { fakeTable } from '../../helpers/fake-table.ts';
import { type Client, clientOf, serviceOf } from '../../helpers/inference.ts';
import { invoke } from '../../helpers/invoke.ts';
import { ENDPOINT, MODEL, putVersion } from '../../helpers/served.ts';
import { artifactOf, echoModel } from '../../helpers/tiny-model.ts';

Object.assign(process.env, { DATA_BUCKET: 'data' });
const table = fakeTable();
const s3 = fakeS3();
const STARTED = new Date(Date.now() - 60_000);
const at = STARTED.toISOString();

/** Says of each row what the caller says that it is: who is right is the test's to decide. */
const { model, signature: echo } = echoModel([{ name: 'it', datatype: 'BYTES', shape: ['n'] }]);
const signature = { ...echo, outputs: echo.outputs.map((one) => ({ ...one, role: 'label' })) };
const variants = ['current', 'new'].map((name, i) => ({
  ...{ name, model: MODEL, version: i + 1, weight: 50 },
}));
const byCustomer = { kind: 'header', name: 'x-customer' };

/** An endpoint with two versions that get half of the traffic each, in the table and served here. */
function serve(more: object = {}) {
  const settings = {
    ...{ variants, shadows: [], strategy: { kind: 'weighted' }, stickyUnit: { kind: 'request' } },
    ...{ capture: { share: 1, mask: [], drop: [] }, revision: 1, ...more },
  };
  const times = { createdAt: at, updatedAt: at, updatedBy: 'a' };
  const endpoint = { name: ENDPOINT, description: '', ...settings, ...times };
  const { slots } = assignSlots(variants, undefined, 1);
  const artifact = artifactOf(model);
  const serving = {
    ...settings,
    ...{ updatedAt: at, slots, name: ENDPOINT },
    variants: variants.map((one) => ({ ...one, artifact, signature })),
  };
  const index = { gsi1pk: 'ENDPOINTS', gsi1sk: ENDPOINT };
  table.put({ pk: `ENDPOINT#${ENDPOINT}`, sk: 'CURRENT', ...index, ...endpoint, serving });
  table.put({ pk: `ENDPOINT#${ENDPOINT}`, sk: 'REVISION#000000001', ...endpoint });
  table.put({ pk: `MODEL#${MODEL}`, sk: 'CURRENT', name: MODEL });
  for (const version of [1, 2]) putVersion(table, version, at, { signature });
  const { recorder, sink } = recorderOf();
  const hook = { record: recorder.record.bind(recorder), answered: () => {} };
  const client = clientOf(
    serviceOf({ [ENDPOINT]: { model, signature } as never }, {}, serving as never),
    [],
    hook,
  );
  /** Has everything written where the deployed function writes it. */
  const settle = async () => {
    await recorder.flush();
    for (const [key, bytes] of sink.files) s3.objects.set(`data/${key}`, bytes);
    for (const { target, minute, instance, before, summary } of sink.summaries.values()) {
      const { name: variant, version } = target.variant;
      const item = { minute, variant, model: MODEL, version, revision: 1, instance, before };
      const sk = `${minute}#${variant}#1#${instance}`;
      table.put({ pk: `TRAFFIC#${ENDPOINT}`, sk, ...item, summary: JSON.stringify(summary) });
    }
  };
  return { client, settle };
}

beforeEach(() => {
  table.items.clear();
  s3.reset();
});

interface Answered {
  readonly id: string;
  readonly isNew: boolean;
}

/** Each customer asks as often as is said, a row at a time. */
async function ask(client: Client, customers: number, often = (_: number) => 1) {
  const found: Answered[] = [];
  for (let customer = 0; customer < customers; customer++) {
    for (let i = 0; i < often(customer); i++) {
      const headers = { 'x-customer': `c${customer}`, 'x-request-id': `r${customer}-${i}` };
      const path = `/api/v1/endpoints/${ENDPOINT}/predictions`;
      const { json } = await client({ path, headers, body: { rows: [{ it: 'yes' }] } });
      const id = json.predictions[0].predictionId;
      found.push({ id, isNew: id.includes('.new') });
    }
  }
  return found;
}

async function tell(items: object[]): Promise<void> {
  const call = { method: 'POST', path: '/api/v1/feedback', body: { items } };
  expect((await invoke(feedback, call)).body.accepted).toBe(items.length);
}

const start = (more: object): Promise<Experiment> => {
  const spec = {
    ...{ name: 'x', control: 'current', treatments: ['new'], baseline: 0.5 },
    ...{ minimumDetectableEffect: 0.4, metric: { kind: 'label-match' }, ...more },
  };
  return createExperiment(ENDPOINT, NewExperiment.parse(spec), { actor: 'ann' }, STARTED);
};

/** When all that was captured counts. */
const later = () => new Date(Date.now() + 61_000);

describe('an experiment on units that come back', () => {
  it('counts each once, however often it comes, and ends with a verdict by labels', async () => {
    const { client, settle } = serve({ stickyUnit: byCustomer });
    const experiment = await start({});
    // Some customers ask much more than others.
    const answers = await ask(client, 120, (customer) => (customer % 10 === 0 ? 9 : 2));
    await settle();
    // The current one is right every other time, the new one always.
    await tell(
      answers.map(({ id, isNew }, i) => ({
        predictionId: id,
        label: isNew || i % 2 === 0 ? 'yes' : 'no',
      })),
    );
    const { verdict, state } = await evaluate(experiment, later());
    expect(verdict).toMatchObject({ code: 'treatment-better', variant: 'new' });
    expect(state?.sampleRatio.judged).toBe(true);
    const [, a, b] = /^units (\d+) : (\d+) for weights 50 : 50$/.exec(
      state?.sampleRatio.words as string,
    ) as unknown as string[];
    expect(Number(a) + Number(b)).toBe(120);
    const requests = state?.arms.reduce((sum, arm) => sum + arm.requests, 0);
    expect(requests).toBe(answers.length);
  });

  it('ends where units are not split as they should be', async () => {
    const { client, settle } = serve({ stickyUnit: byCustomer });
    const experiment = await start({});
    await ask(client, 60);
    // Sixty more are sent to one version by its number: nobody assigned them.
    for (let i = 0; i < 60; i++) {
      const inputs = [{ name: 'it', datatype: 'BYTES', shape: [1], data: ['yes'] }];
      const path = `/v2/models/${ENDPOINT}/versions/2/infer`;
      await client({ path, headers: { 'x-customer': `d${i}` }, body: { inputs } });
    }
    await settle();
    const { verdict } = await evaluate(experiment, later());
    expect(verdict?.code).toBe('sample-ratio-mismatch');
    expect(verdict?.words).toMatch(/units \d+ : \d+ for weights 50 : 50/);
  });

  it('waits until all captures of a moment are there', async () => {
    const { client, settle } = serve({ stickyUnit: byCustomer });
    const experiment = await start({});
    await ask(client, 20);
    await settle();
    const { state } = await evaluate(experiment, new Date());
    expect(state?.sampleRatio).toMatchObject({ judged: false, words: 'there were no units yet' });
  });

  it('says that they are not counted where nothing is captured', async () => {
    const capture = { share: 0, mask: [], drop: [] };
    const { client, settle } = serve({ stickyUnit: byCustomer, capture });
    const experiment = await start({ metric: { kind: 'conversion' } });
    await ask(client, 20);
    await settle();
    const { state } = await evaluate(experiment, later());
    expect(state?.sampleRatio.words).toContain('set capture.share above 0');
  });
});

describe('an experiment on requests', () => {
  it('ends without a difference when there is enough to have found one', async () => {
    const { client, settle } = serve();
    const experiment = await start({ metric: { kind: 'conversion' } });
    const answers = await ask(client, 2 * experiment.plan.perArm + 60);
    await settle();
    await tell(answers.map(({ id }, i) => ({ predictionId: id, value: Number(i % 4 < 2) })));
    const { verdict, state } = await evaluate(experiment, later());
    expect(verdict).toMatchObject({ code: 'no-difference' });
    expect(verdict?.words).toMatch(/^no difference was found with \d+ outcomes per arm/);
    expect(state?.sampleRatio.words).toMatch(/^requests \d+ : \d+ for weights 50 : 50$/);
    const ended = [...table.items.values()].filter(({ action }) => action === 'experiment.end');
    expect(ended).toHaveLength(1);
  });

  it('ends when a treatment breaks a guardrail, whatever its metric says', async () => {
    const { client, settle } = serve();
    const experiment = await start({ guardrails: [{ metric: 'error-rate', limit: 0.05 }] });
    await ask(client, 120);
    await settle();
    // The new one failed a third of its requests.
    for (const [key, item] of table.items) {
      if (!key.startsWith('TRAFFIC') || item.variant !== 'new') continue;
      const summary = JSON.parse(item.summary);
      table.put({ ...item, summary: JSON.stringify({ ...summary, serverErrors: 30 }) });
    }
    const { verdict } = await evaluate(experiment, later());
    expect(verdict).toMatchObject({ code: 'guardrail-broken', variant: 'new' });
    expect(verdict?.words).toMatch(/broke the guardrail on error-rate: it is at least 0\.\d+ more/);
  });
});

describe('a bandit by labels', () => {
  it('moves traffic to the variant that is right more often', async () => {
    const strategy = { kind: 'bandit', floor: 5, reward: 'label-match' };
    const { client, settle } = serve({ strategy });
    const answers = await ask(client, 150);
    await settle();
    await tell(
      answers.map(({ id, isNew }, i) => ({
        predictionId: id,
        label: isNew === i % 5 > 0 ? 'yes' : 'no',
      })),
    );
    for await (const endpoint of banditEndpoints()) {
      const steered = await steer(endpoint, new Date(Date.now() + 900_000));
      expect(steered?.variants.map(({ weight }) => weight)).toEqual([5, 95]);
      expect(steered?.reason).toMatch(/after 150 rewards: current 0 %, new 100 %/);
    }
    expect.assertions(3);
  });
});
