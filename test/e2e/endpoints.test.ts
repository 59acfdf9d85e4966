import { beforeAll, describe, expect, it } from '@jest/globals';
import { parsePredictionId } from '#core/prediction-id.ts';
import { readExample } from '../../local/examples.ts';
import { api, force, stack, UNEXAMINED, unique, writeUnexaminedPolicy } from '../helpers/stack.ts';

const example = readExample('breast-cancer');
const base64 = Buffer.from(example.artifact).toString('base64');
const model = unique('model');
const by = { actor: 'a test' };

beforeAll(async () => {
  await writeUnexaminedPolicy();
  const body = { name: model, task: 'binary', policy: UNEXAMINED };
  await api.call('POST', '/api/v1/models', { body });
  for (const description of ['first', 'second', 'third']) await register(description);
});

const register = (description: string) =>
  api.call('POST', `/api/v1/models/${model}/versions`, {
    body: { artifact: { base64 }, description },
  });

const v = (version: number, weight?: number, name = `v${version}`) => ({
  name,
  model,
  version,
  ...(weight !== undefined && { weight }),
});

/** An endpoint of its own for each test. */
function newEndpoint() {
  const name = unique('endpoint');
  const path = `/api/v1/endpoints/${name}`;
  return {
    name,
    path,
    put: (body: object, headers = {}) =>
      api.request('PUT', path, { body: { force, ...body }, headers }),
    weights: (weights: object, headers = {}) =>
      api.request('PUT', `${path}/weights`, { body: { weights }, headers }),
    rollBack: (body?: object, headers = {}) =>
      api.request('POST', `${path}/rollbacks`, { ...(body && { body }), headers }),
  };
}

async function infer(endpoint: string, headers: Record<string, string> = {}, version?: number) {
  const path = version === undefined ? 'infer' : `versions/${version}/infer`;
  const body = example.expected.request;
  const answer = await api.request('POST', `/v2/models/${endpoint}/${path}`, { body, headers });
  return { ...answer, variant: answer.headers.get('x-skiff-variant') };
}

/** A warm function serves the revision before for some seconds. */
async function untilRevision(endpoint: string, revision: number): Promise<number> {
  const start = Date.now();
  for (;;) {
    const { headers } = await infer(endpoint);
    if (headers.get('x-skiff-endpoint-revision') === String(revision)) return Date.now() - start;
    if (Date.now() - start > 40_000) throw new Error(`revision ${revision} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

describe('an endpoint of several variants', () => {
  it('splits traffic by weight, and a customer stays where it is when others move', async () => {
    const { name, put, weights } = newEndpoint();
    const stickyUnit = { kind: 'header', name: 'X-Customer' };
    const created = await put({ variants: [v(1, 50), v(2, 50)], stickyUnit });
    expect([created.status, created.body.stickyUnit.name]).toEqual([201, 'x-customer']);
    await untilRevision(name, 1);
    const customers = Array.from({ length: 60 }, (_, i) => `customer-${i}`);
    const seen = async () => {
      const variants = new Map<string, string>();
      for (const customer of customers) {
        const { status, variant, headers, body } = await infer(name, { 'x-customer': customer });
        expect(status).toBe(200);
        expect(body.model_version).toBe(variant?.slice(1));
        const id = parsePredictionId(headers.get('x-skiff-prediction-id') as string);
        expect(id).toMatchObject({ endpoint: name, variant });
        variants.set(customer, variant as string);
      }
      return variants;
    };
    const before = await seen();
    const first = [...before.values()].filter((variant) => variant === 'v1').length;
    // Four standard deviations.
    expect(Math.abs(first - 30)).toBeLessThan(16);
    expect(await seen()).toEqual(before);
    expect((await weights({ v1: 80, v2: 20 })).body.revision).toBe(2);
    await untilRevision(name, 2);
    const after = await seen();
    for (const customer of customers) {
      if (before.get(customer) === 'v1') expect(after.get(customer)).toBe('v1');
    }
    expect([...after.values()].filter((variant) => variant === 'v2').length).toBeGreaterThan(0);
    expect((await infer(name, {}, 2)).variant).toBe('v2');
  });

  it('is edited by one at a time', async () => {
    const { put, weights, path } = newEndpoint();
    const created = await put({ variants: [v(1, 90), v(2, 10)] });
    const seen = { 'if-match': created.headers.get('etag') as string };
    const moves = await Promise.all(
      [20, 30, 40].map((weight) => weights({ v1: 100 - weight, v2: weight }, seen)),
    );
    expect(moves.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(moves.every(({ status }) => [200, 409, 412].includes(status))).toBe(true);
    expect((await put({ variants: [v(1)] }, seen)).status).toBe(412);
    expect((await api.request('DELETE', path, { headers: seen })).status).toBe(412);
    const again = await weights({ v2: 0, v1: 100 });
    expect([again.status, again.body.revision]).toEqual([200, 3]);
    expect((await weights({ v2: 0, v1: 100 })).body.revision).toBe(3);
  });

  it.each([
    ['variants', { variants: [v(1, 50), v(2, 40)] }],
    ['variants[1].weight', { variants: [v(1, 50), v(2)] }],
    ['variants[0].weight', { variants: [v(1, 50.05), v(2, 49.95)] }],
    ['variants[1].name', { variants: [v(1, 50, 'a'), v(2, 50, 'a')] }],
    ['variants[0].name', { variants: [v(1, 100, 'a.b')] }],
    ['shadows[0].name', { variants: [v(1)], shadows: [v(2, undefined, 'v1')] }],
    [
      'strategy.kind',
      { variants: [v(1)], strategy: { kind: 'bandit', floor: 5, reward: 'value' } },
    ],
    [
      'strategy.floor',
      {
        variants: [v(1, 40), v(2, 30), v(3, 30)],
        strategy: { kind: 'bandit', floor: 40, reward: 'value' },
      },
    ],
    [
      'stickyUnit.name',
      { variants: [v(1)], stickyUnit: { kind: 'header', name: 'Authorization' } },
    ],
    ['stickyUnit.name', { variants: [v(1)], stickyUnit: { kind: 'header', name: 'not a header' } }],
    ['capture.mask[0]', { variants: [v(1)], capture: { share: 1, mask: ['nobody knows it'] } }],
    ['capture.drop[0]', { variants: [v(1)], capture: { mask: ['label'], drop: ['label'] } }],
    ['capture.share', { variants: [v(1)], capture: { share: 2 } }],
  ])('refuses nonsense in %s: %j', async (field, body) => {
    const { put } = newEndpoint();
    const refused = await put(body);
    expect([refused.status, refused.body.errors[0].field]).toEqual([400, field]);
  });

  it('takes only models that one request suits', async () => {
    const other = readExample('digits');
    const name = unique('digits');
    await api.call('POST', '/api/v1/models', {
      body: { name, task: 'multiclass', policy: UNEXAMINED },
    });
    await api.call('POST', `/api/v1/models/${name}/versions`, {
      body: { artifact: { base64: Buffer.from(other.artifact).toString('base64') } },
    });
    const { put } = newEndpoint();
    const different = { name: 'other', model: name, version: 1 };
    const refused = await put({ variants: [v(1, 50), { ...different, weight: 50 }] });
    expect([refused.status, refused.body.errors[0].field]).toEqual([400, 'variants[1]']);
    const shadowed = await put({ variants: [v(1)], shadows: [different], capture: { share: 1 } });
    expect(shadowed.body.errors[0].field).toBe('shadows[0]');
  });
});

describe('a rollback', () => {
  it('brings the last healthy revision back with one call, within the cache’s time to live', async () => {
    const { name, path, put, rollBack } = newEndpoint();
    await put({ variants: [v(1)] });
    await put({ variants: [v(2)] });
    await untilRevision(name, 2);
    const done = await rollBack({ reason: 'too many errors' }, { 'if-match': '"2"' });
    expect([done.status, done.headers.get('etag')]).toEqual([201, '"3"']);
    expect(done.body).toMatchObject({
      revision: 3,
      restoredFrom: 1,
      rolledBackFrom: 2,
      reason: 'too many errors',
      variants: [{ name: 'v1', version: 1, weight: 100 }],
    });
    // Five seconds, and what the refresh takes.
    expect(await untilRevision(name, 3)).toBeLessThan(15_000);
    expect((await infer(name)).body.model_version).toBe('1');
    const { items } = await api.call(
      'GET',
      `/api/v1/audit?resource=${encodeURIComponent(`endpoint/${name}`)}&action=endpoint.rollback`,
    );
    expect(items[0]).toMatchObject({ actor: 'local-admin', after: { restoredFrom: 1 } });
    // What was rolled back from is not healthy, and what serves now is there already.
    expect((await rollBack()).status).toBe(409);
    expect((await rollBack({ revision: 2 })).body).toMatchObject({ revision: 4, restoredFrom: 2 });
    expect((await rollBack({ revision: 2 })).body.revision).toBe(4);
    expect((await rollBack({ revision: 9 })).status).toBe(404);
    expect((await rollBack({}, { 'if-match': '"1"' })).status).toBe(412);
    await api.call('DELETE', path);
    expect((await rollBack()).body).toMatchObject({ revision: 6, variants: [{ name: 'v2' }] });
    expect((await rollBack({ revision: 5 })).status).toBe(409);
  });

  it('is done once for one idempotency key', async () => {
    const { put, rollBack } = newEndpoint();
    for (const version of [1, 2, 3]) await put({ variants: [v(version)] });
    const key = { 'idempotency-key': unique('key') };
    const answers = [await rollBack({}, key), await rollBack({}, key)];
    expect(answers.map(({ body }) => [body.revision, body.restoredFrom])).toEqual([
      [4, 2],
      [4, 2],
    ]);
    expect((await rollBack({ revision: 1 }, key)).status).toBe(422);
  });

  it('does not bring back what may not be served', async () => {
    const { put, rollBack } = newEndpoint();
    const { version } = await register('to be archived');
    await put({ variants: [v(version)] });
    await put({ variants: [v(1)] });
    const path = `/api/v1/models/${model}/versions/${version}`;
    await api.call('PATCH', path, { body: { status: 'archived' } });
    const refused = await rollBack();
    expect([refused.status, refused.body.detail]).toEqual([
      409,
      expect.stringMatching(/revision 1 cannot be restored: version .* is archived/),
    ]);
  });

  it('leaves nobody without an answer, not even where the version is archived at once', async () => {
    const { name, put } = newEndpoint();
    const { version } = await register('short-lived');
    await put({ variants: [v(version)] });
    await untilRevision(name, 1);
    const path = `/api/v1/models/${model}/versions/${version}`;
    const archive = () => api.request('PATCH', path, { body: { status: 'archived' } });
    expect((await archive()).status).toBe(409);
    await put({ variants: [v(1)] });
    expect((await archive()).status).toBe(200);
    const answers = [];
    for (let i = 0; i < 40; i++) {
      answers.push(await infer(name));
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    expect(answers.map(({ status }) => status)).toEqual(Array(40).fill(200));
    // Which of the two answers first depends on what the function has cached.
    const served = answers.map(({ body }) => body.model_version);
    expect(served.filter((one) => one !== '1' && one !== String(version))).toEqual([]);
    expect(served.at(-1)).toBe('1');
  });

  it('passes over the steps of a rollout, and gives each unit back what it saw', async () => {
    const { name, put, rollBack } = newEndpoint();
    await put({ variants: [v(1, 50), v(2, 50)] });
    const { changeVariants, moveWeights } = await deployments();
    await moveWeights(name, { v1: 20, v2: 80 }, 'a step', by);
    const step = await changeVariants(
      name,
      {
        variants: [
          { name: 'v2', weight: 70 },
          { ...v(3), weight: 30 },
        ],
        reason: 'a step',
        interim: true,
      },
      by,
    );
    expect(step).toMatchObject({ revision: 3, stepFrom: 1, reason: 'a step', updatedBy: by.actor });
    expect(step.variants.map(({ name, version, weight }) => [name, version, weight])).toEqual([
      ['v2', 2, 70],
      ['v3', 3, 30],
    ]);
    const end = await changeVariants(
      name,
      { variants: [{ ...v(3), weight: 100 }], reason: 'done' },
      by,
    );
    expect(end.stepFrom).toBeUndefined();
    const done = await rollBack();
    expect(done.body).toMatchObject({ revision: 5, restoredFrom: 1, rolledBackFrom: 4 });
    const { keys, getItem } = await tableAccess();
    const slotsOf = async (revision: number) =>
      (await getItem(keys.endpointRevision(name, revision)))?.slots;
    expect(await slotsOf(5)).toBe(await slotsOf(1));
    await expect(moveWeights(name, { v1: 10 }, 'no', by)).rejects.toThrow('sum to 60');
    await expect(moveWeights(name, { v9: 10 }, 'no', by)).rejects.toThrow('weights.v9');
    await expect(
      changeVariants(
        name,
        { variants: [{ ...v(1), weight: 100 }], reason: 'no' },
        { ...by, ifMatch: 1 },
      ),
    ).rejects.toMatchObject({ code: 'precondition-failed' });
  });
});

/** The slice itself on the deployed table, as other slices use it. */
async function deployments() {
  useDeployedTable();
  return import('#slices/deployments');
}

async function tableAccess() {
  useDeployedTable();
  return { ...(await import('#shared/keys.ts')), ...(await import('#shared/dynamo.ts')) };
}

function useDeployedTable() {
  const { awsEndpointUrl, region, table } = stack();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: awsEndpointUrl,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    TABLE_NAME: table,
  });
}
