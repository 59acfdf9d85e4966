import { beforeAll, describe, expect, it } from '@jest/globals';
import { readExample } from '../../local/examples.ts';
import {
  type HostileRequest,
  hostileRequests,
  type RawAnswer,
  sendRaw,
  type Target,
} from '../helpers/hostile.ts';
import { api, force, stack, UNEXAMINED, unique, writeUnexaminedPolicy } from '../helpers/stack.ts';

/** `SKIFF_SEED=… npm run test:e2e -- fuzz` repeats a run. */
const seed = Number(process.env.SKIFF_SEED ?? Date.now() % 2 ** 31);
const REQUESTS = 1200;
const CLIENTS = 6;

const { expected, artifact, model } = readExample('breast-cancer');
const base64 = Buffer.from(artifact).toString('base64');
const attacked = unique('attacked');
const spared = unique('spared');

async function deploy(name: string): Promise<void> {
  await writeUnexaminedPolicy();
  await api.call('POST', '/api/v1/models', { body: { ...model, name, policy: UNEXAMINED } });
  await api.call('POST', `/api/v1/models/${name}/versions`, { body: { artifact: { base64 } } });
  const body = { variants: [{ model: name, version: 1 }], force };
  await api.call('PUT', `/api/v1/endpoints/${name}`, { body });
}

/** Bodies that the operations take; what is not here gets none, or a hostile one. */
const BODIES: Record<string, unknown> = {
  'POST /api/v1/models': { name: attacked, task: 'binary', tags: { a: 'b' }, description: 'x' },
  'PATCH /api/v1/models/{model}': { description: 'x', tags: {} },
  'POST /api/v1/uploads': { sizeBytes: 10, sha256: '0'.repeat(64) },
  'POST /api/v1/models/{model}/versions': {
    artifact: { base64: base64.slice(0, 4000), sha256: '0'.repeat(64) },
    lineage: { framework: 'x' },
    signature: { features: [{ name: 'a', min: 0, max: 1 }] },
  },
  'PATCH /api/v1/models/{model}/versions/{version}': { status: 'registered' },
  'PUT /api/v1/models/{model}/aliases/{alias}': { version: 1 },
  'PUT /api/v1/endpoints/{endpoint}': {
    variants: [{ name: 'default', model: attacked, version: 1, weight: 100 }],
  },
};

async function targets(): Promise<Target[]> {
  const { paths } = await api.call('GET', '/api/v1/openapi.json');
  const described = Object.entries<object>(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((name) => {
      const method = name.toUpperCase();
      return { method, path, body: BODIES[`${method} ${path}`] };
    }),
  );
  const predictions: Target[] = [
    { method: 'POST', path: `/v2/models/${attacked}/infer`, body: expected.request },
    {
      method: 'POST',
      path: `/v2/models/${attacked}/versions/{version}/infer`,
      body: expected.request,
    },
    {
      method: 'POST',
      path: `/api/v1/endpoints/${attacked}/predictions`,
      body: { rows: expected.rows?.slice(0, 2) ?? [{}] },
    },
  ];
  // Predictions are a third of the attack.
  const share = Math.ceil(described.length / 2 / predictions.length);
  return [...described, ...Array.from({ length: share }, () => predictions).flat()];
}

/** What is wrong with an answer, if anything. */
function fault({ path }: HostileRequest, { status, headers, text }: RawAnswer): string | undefined {
  if (status >= 500) return 'a 5xx';
  if (status < 400) return undefined;
  const type = String(headers['content-type']);
  const body = parsed(text);
  if (isGateways(status, body)) return undefined;
  if (!/^[\w.:=-]{1,128}$/.test(String(headers['x-request-id']))) return 'no request id';
  if (path.startsWith('/v2')) {
    return typeof body?.error === 'string' ? undefined : 'not an error of the protocol';
  }
  if (!type.startsWith('application/problem+json')) return `content type ${type}`;
  const isProblem = body?.status === status && typeof body.detail === 'string' && body.title;
  return isProblem ? undefined : 'not a problem';
}

/** A path without a route never gets as far as our functions. */
const isGateways = (status: number, body: Record<string, unknown> | undefined): boolean =>
  status === 404 && Object.keys(body ?? {}).join() === 'message';

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

describe('hostile requests', () => {
  beforeAll(async () => {
    process.stdout.write(`fuzz: SKIFF_SEED=${seed}\n`);
    await deploy(attacked);
    await deploy(spared);
  });

  it('get no 5xx, and errors in the form that the API promises', async () => {
    const names = [attacked, attacked, 'nobody', '1', 'champion'];
    const requests = hostileRequests(await targets(), names, { seed, count: REQUESTS });
    const { apiUrl, token } = stack();
    const faults: unknown[] = [];
    const statuses = new Map<number, number>();
    const queue = requests.values();
    const client = async () => {
      for (const sent of queue) {
        const answer = await sendRaw(apiUrl, token, sent);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        const what = fault(sent, answer);
        if (what) faults.push({ what, sent: readable(sent), answer });
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    expect({ seed, faults: faults.slice(0, 5) }).toEqual({ seed, faults: [] });
    // Both sides of the checks were reached: some were taken, most were refused by us.
    expect(statuses.get(200)).toBeGreaterThan(20);
    expect(statuses.get(400)).toBeGreaterThan(REQUESTS / 5);
  });

  it('leave health and other endpoints as they were', async () => {
    expect((await api.request('GET', '/api/v1/health')).status).toBe(200);
    const path = `/v2/models/${spared}/infer`;
    const { outputs } = await api.call('POST', path, { body: expected.request });
    expect(outputs.map(({ name }: { name: string }) => name).sort()).toEqual(
      Object.keys(expected.outputs).sort(),
    );
    const { items } = await api.call('GET', `/api/v1/models/${spared}/versions`);
    expect(items).toHaveLength(1);
  });
});

const readable = ({ body, ...rest }: HostileRequest) => ({
  ...rest,
  body: body.toString('latin1').slice(0, 300),
});
