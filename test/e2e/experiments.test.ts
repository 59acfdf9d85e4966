import { beforeAll, describe, expect, it } from '@jest/globals';
import { readExample } from '../../local/examples.ts';
import { invoke } from '../helpers/faults.ts';
import { api, force, UNEXAMINED, unique, writeUnexaminedPolicy } from '../helpers/stack.ts';

const example = readExample('wages');
const base64 = Buffer.from(example.artifact).toString('base64');
const [education = [], age = []] = (example.expected.request.inputs as { data: number[] }[]).map(
  ({ data }) => data,
);
const rows = education.map((years, i) => ({ education: years, age: age[i] as number }));
const model = unique('compared');

beforeAll(async () => {
  await writeUnexaminedPolicy();
  const body = { name: model, task: 'binary', policy: UNEXAMINED };
  await api.call('POST', '/api/v1/models', { body });
  for (const description of ['first', 'second']) {
    const version = { ...example.version, artifact: { base64 }, description };
    await api.call('POST', `/api/v1/models/${model}/versions`, { body: version });
  }
});

/** An endpoint with two versions that get half of the traffic each. */
async function newEndpoint() {
  const path = `/api/v1/endpoints/${unique('experiment')}`;
  const variants = ['current', 'new'].map((name, i) => ({
    name,
    model,
    version: i + 1,
    weight: 50,
  }));
  await api.call('PUT', path, { body: { variants, force, capture: { share: 1 } } });
  return path;
}

interface Prediction {
  readonly predictionId: string;
  readonly label: string | number;
}
/** Predictions of some requests with some rows each, from either variant. */
async function predict(path: string, requests: number, size: number): Promise<Prediction[]> {
  const found: Prediction[] = [];
  for (let i = 0; i < requests; i++) {
    const body = {
      rows: Array.from({ length: size }, (_, k) => rows[(i * size + k) % rows.length]),
    };
    found.push(...(await api.call('POST', `${path}/predictions`, { body })).predictions);
  }
  return found;
}
const send = (items: object[]) => api.call('POST', '/api/v1/feedback', { body: { items } });
const isNew = ({ predictionId }: Prediction) => predictionId.includes('.new:');

const start = (path: string, more: object) =>
  api.call('POST', `${path}/experiments`, {
    body: {
      ...{ name: 'which is better', control: 'current', treatments: ['new'] },
      ...{ minimumDetectableEffect: 0.3, baseline: 0.6, ...more },
    },
  });

/** Looks until it is so, or for a minute. */
async function eventually(path: string, isSo: (experiment: any) => boolean) {
  for (let i = 0; ; i++) {
    const experiment = await api.call('GET', path);
    if (isSo(experiment) || i === 24) return experiment;
    await new Promise((resolve) => setTimeout(resolve, 2_500));
  }
}
const hasEnded = ({ status }: { status: string }) => status === 'ended';

describe('feedback', () => {
  it('is kept once, read by the time of the prediction, and refused item by item', async () => {
    const path = await newEndpoint();
    const [one, two] = (await predict(path, 1, 2)) as [Prediction, Prediction];
    const items = [
      { predictionId: one.predictionId, label: 'a' },
      { predictionId: two.predictionId, value: 3 },
    ];
    expect(await send(items)).toMatchObject({ accepted: 2 });
    expect(await send(items)).toMatchObject({ accepted: 0, duplicate: 2 });
    const other = { predictionId: one.predictionId, label: 'b' };
    expect((await send([other])).items[0]).toMatchObject({ result: 'refused', code: 'conflict' });
    expect(await send([{ ...other, correct: true }])).toMatchObject({ replaced: 1 });
    const forged = one.predictionId.replace(/\.\d+\./, '.77.');
    expect((await send([{ predictionId: forged, label: 'a' }])).items[0].code).toBe('not-found');
    const { items: kept } = await api.call('GET', `${path}/feedback`);
    expect(kept).toMatchObject([
      { row: 0, label: 'b', corrections: [{ label: 'a' }] },
      { row: 1, value: 3 },
    ]);
    const page = await api.call('GET', `${path}/feedback?limit=1`);
    const next = await api.call('GET', `${path}/feedback?limit=1&cursor=${page.nextCursor}`);
    expect([...page.items, ...next.items]).toEqual(kept);
  });

  it('takes a thousand at once', async () => {
    const path = await newEndpoint();
    const predictions = await predict(path, 25, 40);
    const items = predictions.map(({ predictionId }, i) => ({ predictionId, value: i % 2 }));
    expect(await send(items)).toMatchObject({ accepted: 1000, refused: 0 });
    expect(await send(items)).toMatchObject({ duplicate: 1000 });
  });
});

describe('an experiment', () => {
  it('ends with a verdict from predictions and their labels, and can promote', async () => {
    const path = await newEndpoint();
    const metric = { kind: 'label-match' };
    const made = await start(path, { metric, guardrails: [{ metric: 'error-rate', limit: 0.5 }] });
    expect(made).toMatchObject({ status: 'running', arms: [{ version: 1 }, { version: 2 }] });
    const again = await api.request('POST', `${path}/experiments`, { body: made.spec });
    expect(again.status).toBe(409);
    // What was true: the new version is always right, the current one in half of the cases.
    const predictions = await predict(path, 20, 20);
    const items = predictions.map((prediction, i) => ({
      predictionId: prediction.predictionId,
      label: isNew(prediction) || i % 2 === 0 ? prediction.label : 'another',
    }));
    expect(await send(items)).toMatchObject({ accepted: 400 });
    const self = `${path}/experiments/${made.id}`;
    const experiment = await eventually(self, hasEnded);
    expect(experiment.verdict).toMatchObject({ code: 'treatment-better', variant: 'new' });
    expect(experiment.verdict.words).toMatch(
      /^new is better than current in label-match: 1 against 0\.\d+/,
    );
    // The verdict comes when there is enough for it, which may be before all captures are written.
    const judged = experiment.state.arms.reduce((sum: number, arm: any) => sum + arm.outcomes, 0);
    expect(judged).toBeGreaterThanOrEqual(40);
    expect(judged).toBeLessThanOrEqual(400);
    const stop = { body: { reason: 'it won', promote: 'new' } };
    expect(await api.call('POST', `${self}/stop`, stop)).toMatchObject({
      verdict: experiment.verdict,
    });
    const { variants } = await api.call('GET', path);
    expect(variants.map(({ weight }: { weight: number }) => weight)).toEqual([0, 100]);
    const resource = encodeURIComponent(path.replace('/api/v1/endpoints/', 'endpoint/'));
    const { items: log } = await api.call('GET', `/api/v1/audit?resource=${resource}`);
    expect(log.map(({ action }: { action: string }) => action)).toEqual([
      ...['endpoint.shift', 'experiment.end', 'experiment.start', 'endpoint.force'],
    ]);
  });

  it('ends where traffic is not split as it should be, looked at by the schedule', async () => {
    const path = await newEndpoint();
    const made = await start(path, { metric: { kind: 'conversion' } });
    // Somebody calls one version by its number: those requests were never assigned.
    const endpoint = path.replace('/api/v1/endpoints/', '');
    const body = example.expected.request;
    for (let i = 0; i < 60; i++) {
      await api.call('POST', `/v2/models/${endpoint}/versions/2/infer`, { body });
    }
    const self = `${path}/experiments/${made.id}`;
    const seen = await eventually(self, ({ state }) => state.arms[1].requests >= 60);
    await invoke('EvaluateExperiments', {});
    expect(await api.call('GET', self)).toMatchObject({
      status: 'ended',
      verdict: { code: 'sample-ratio-mismatch' },
    });
    expect(seen.verdict.words).toMatch(/requests 0 : \d+ for weights 50 : 50/);
  });

  it('ends when an arm gets another version, and says so', async () => {
    const path = await newEndpoint();
    const made = await start(path, { metric: { kind: 'conversion' } });
    const variants = ['current', 'new'].map((name) => ({ name, model, version: 1, weight: 50 }));
    await api.call('PUT', path, { body: { variants, force } });
    const experiment = await api.call('GET', `${path}/experiments/${made.id}`);
    expect(experiment.verdict).toMatchObject({ code: 'changed' });
    expect(experiment.verdict.words).toContain('revision 2 of the endpoint no longer has');
    // And makes room for the next one.
    const next = await start(path, { metric: { kind: 'conversion' } });
    const stop = { body: { reason: 'no longer needed' } };
    const ended = await api.call('POST', `${path}/experiments/${next.id}/stop`, stop);
    expect(ended.verdict.code).toBe('stopped');
    const { items } = await api.call('GET', `${path}/experiments`);
    expect(items.map(({ id }: { id: string }) => id)).toEqual([next.id, made.id]);
  });

  it('needs what it compares', async () => {
    const path = await newEndpoint();
    const post = (more: object) =>
      api.request('POST', `${path}/experiments`, {
        body: {
          ...{ name: 'x', control: 'current', treatments: ['new'], minimumDetectableEffect: 0.1 },
          ...{ metric: { kind: 'conversion' }, ...more },
        },
      });
    expect((await post({ treatments: ['newer'] })).body.detail).toMatch(
      /treatments\[0\].*current, new/,
    );
    expect((await post({ metric: { kind: 'value-mean' } })).body.detail).toMatch(
      /standardDeviation/,
    );
    await api.call('PUT', path, {
      body: {
        ...{ force, strategy: { kind: 'bandit', floor: 5, reward: 'value' } },
        variants: ['current', 'new'].map((name, i) => ({
          name,
          model,
          version: i + 1,
          weight: 50,
        })),
      },
    });
    expect((await post({})).status).toBe(409);
  });
});

const weightsOf = async (path: string) =>
  (await api.call('GET', path)).variants.map((v: any) => [v.name, v.weight]);

describe('a bandit', () => {
  it('moves its traffic to the variant whose labels are right more often', async () => {
    const path = await newEndpoint();
    const { variants } = await api.call('GET', path);
    const strategy = { kind: 'bandit', floor: 10, reward: 'label-match' };
    await api.call('PUT', path, { body: { variants, force, strategy, capture: { share: 1 } } });
    const predictions = await predict(path, 12, 25);
    const items = predictions.map((prediction) => ({
      predictionId: prediction.predictionId,
      label: isNew(prediction) ? 'another' : prediction.label,
    }));
    await send(items);
    // Until the period is over and the captures are written.
    for (let i = 0; i < 20; i++) {
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await invoke('EvaluateExperiments', {});
      if ((await weightsOf(path))[0][1] !== 50) break;
    }
    expect(await weightsOf(path)).toEqual([
      ['current', 90],
      ['new', 10],
    ]);
  }, 120_000);

  it('moves its traffic to the variant whose feedback is better, down to the floor', async () => {
    const path = await newEndpoint();
    const { variants } = await api.call('GET', path);
    const strategy = { kind: 'bandit', floor: 5, reward: 'value' };
    await api.call('PUT', path, { body: { variants, force, strategy } });
    const items = (await predict(path, 12, 25)).map((prediction) => ({
      predictionId: prediction.predictionId,
      value: isNew(prediction) ? 1 : 0,
    }));
    await send(items);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await invoke('EvaluateExperiments', {});
    const steered = await api.call('GET', path);
    expect(await weightsOf(path)).toEqual([
      ['current', 5],
      ['new', 95],
    ]);
    expect(steered.reason).toMatch(/chances to be best after \d+ rewards: current 0 %, new 100 %/);
  });
});
