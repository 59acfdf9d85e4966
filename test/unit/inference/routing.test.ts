import { describe, expect, it, jest } from '@jest/globals';
import { parsePredictionId } from '#core/prediction-id.ts';
import { assignSlots } from '#core/routing/slots.ts';
import type { ServingEndpoint } from '#slices/deployments';
import { PLAIN_ENDPOINT } from '../../../functions/inference/plain-endpoint.ts';
import { createService } from '../../../functions/inference/service.ts';
import { clientOf } from '../../helpers/inference.ts';
import { artifactOf, tinyModel } from '../../helpers/tiny-model.ts';

const x = { name: 'x', datatype: 'FP32', shape: ['rows', 1] } as const;
const y = { ...x, name: 'y' };
const modelOf = (operator: string) =>
  tinyModel({
    nodes: [{ operator, inputs: ['x'], outputs: ['y'] }],
    inputs: [x],
    outputs: [y],
  });

/** What each variant makes of a number. */
const MODELS = { same: modelOf('Identity'), minus: modelOf('Neg'), up: modelOf('Ceil') };
type Name = keyof typeof MODELS;
const SIGNATURE = {
  inputs: [{ ...x, shape: [...x.shape] }],
  outputs: [{ ...y, shape: [...y.shape] }],
};

function endpointOf(
  weights: Partial<Record<Name, number>>,
  more: Partial<ServingEndpoint> = {},
): ServingEndpoint {
  const variants = (Object.keys(weights) as Name[]).map((name, i) => ({
    name,
    weight: weights[name] as number,
    model: 'm',
    version: i + 1,
    artifact: artifactOf(MODELS[name]),
    signature: SIGNATURE,
  }));
  return {
    ...PLAIN_ENDPOINT,
    name: 'split',
    revision: 9,
    updatedAt: '2026-01-01T00:00:00.000Z',
    variants,
    ...(variants.length > 1 && { slots: assignSlots(variants, undefined, 1).slots }),
    ...more,
  };
}

/** @param missing models that storage does not have */
function setUp(endpoint: ServingEndpoint, missing: readonly Name[] = []) {
  const warn = jest.fn();
  const gone = new Set(missing.map((name) => artifactOf(MODELS[name]).sha256));
  const fetchArtifact = jest.fn(async ({ sha256 }: { sha256: string }) => {
    const found = Object.values(MODELS).find((model) => artifactOf(model).sha256 === sha256);
    if (!found || gone.has(sha256)) throw new Error('no such object');
    return found;
  });
  const service = createService({
    fetchEndpoint: async () => endpoint,
    fetchArtifact,
    warn,
    functionMegabytes: 1769,
  });
  const call = clientOf(service);
  let requests = 0;
  const headersOf = (headers: Record<string, string>) => ({
    'x-request-id': `request-${++requests}`,
    ...headers,
  });
  const tensor = { name: 'x', datatype: 'FP32', shape: [1, 1], data: [1.5] };
  return {
    call,
    warn,
    fetchArtifact,
    infer: (headers = {}, body = {}, path = '/v2/models/split/infer') =>
      call({ path, body: { inputs: [tensor], ...body }, headers: headersOf(headers) }),
    rows: (list: object[], headers = {}) =>
      call({
        path: '/api/v1/endpoints/split/predictions',
        body: { rows: list },
        headers: headersOf(headers),
      }),
  };
}

const HALVES = { same: 50, minus: 50 };
const many = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('a request to several variants', () => {
  it('is answered by one of them, which the answer names', async () => {
    const { infer } = setUp(endpointOf(HALVES));
    const answers = await Promise.all(many(200).map(() => infer()));
    const counts = { same: 0, minus: 0 };
    for (const { headers, json } of answers) {
      const variant = headers['x-skiff-variant'] as 'same' | 'minus';
      counts[variant]++;
      const id = parsePredictionId(String(headers['x-skiff-prediction-id']));
      expect(id).toMatchObject({ endpoint: 'split', revision: 9, variant });
      expect(json.model_version).toBe(variant === 'same' ? '1' : '2');
      expect(headers['x-skiff-model-version']).toBe(json.model_version);
      expect(json.outputs[0].data).toEqual([variant === 'same' ? 1.5 : -1.5]);
    }
    // Four standard deviations.
    expect(Math.abs(counts.same - 100)).toBeLessThan(4 * Math.sqrt(50));
  });

  it.each([
    ['a header', { kind: 'header', name: 'x-customer' } as const],
    ['a field', { kind: 'field', name: 'customer' } as const],
  ])('stays with a variant by %s, in both protocols', async (_, stickyUnit) => {
    const { infer, rows } = setUp(endpointOf(HALVES, { stickyUnit }));
    const seen = new Set();
    for (const unit of many(40).map(String)) {
      const header = { 'x-customer': unit };
      const parameters = { customer: unit };
      const answers = [
        await infer(header, { parameters }),
        await infer(header, { parameters }),
        await rows([{ x: 1, customer: unit }], header).then(async (answer) => {
          if (stickyUnit.kind === 'field') return answer;
          return rows([{ x: 1 }], header);
        }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      const variants = new Set(answers.map(({ headers }) => headers['x-skiff-variant']));
      expect(variants.size).toBe(1);
      seen.add([...variants][0]);
    }
    expect(seen.size).toBe(2);
  });

  it('goes the same way again with the same request id, where nothing else names its unit', async () => {
    const { infer } = setUp(endpointOf(HALVES, { stickyUnit: { kind: 'header', name: 'x-none' } }));
    const variantsOf = async (id: string) => {
      const answers = await Promise.all(many(3).map(() => infer({ 'x-request-id': id })));
      return new Set(answers.map(({ headers }) => headers['x-skiff-variant']));
    };
    const sets = await Promise.all(many(20).map((i) => variantsOf(`retry-${i}`)));
    expect(sets.every(({ size }) => size === 1)).toBe(true);
    expect(new Set(sets.flatMap((set) => [...set])).size).toBe(2);
  });

  it('goes to the version that its path names', async () => {
    const { infer } = setUp(endpointOf(HALVES));
    for (const version of ['1', '2']) {
      const path = `/v2/models/split/versions/${version}/infer`;
      const answers = await Promise.all(many(10).map(() => infer({}, {}, path)));
      expect(new Set(answers.map(({ json }) => json.model_version))).toEqual(new Set([version]));
    }
    const { status, json } = await infer({}, {}, '/v2/models/split/versions/3/infer');
    expect(status).toBe(404);
    expect(json.error).toContain('only 1, 2');
  });

  it('never goes to a variant without weight', async () => {
    const { infer, fetchArtifact } = setUp(endpointOf({ same: 100, minus: 0 }));
    const answers = await Promise.all(many(50).map(() => infer()));
    expect(new Set(answers.map(({ headers }) => headers['x-skiff-variant']))).toEqual(
      new Set(['same']),
    );
    expect(fetchArtifact).toHaveBeenCalledTimes(1);
  });
});

describe('rows of an endpoint whose unit is a field', () => {
  const field = { kind: 'field', name: 'customer' } as const;

  it.each([
    ['several variants', endpointOf(HALVES, { stickyUnit: field })],
    ['one variant', endpointOf({ same: 100 }, { stickyUnit: field })],
  ])('must be of one unit, from the day that it is one: %s', async (_, endpoint) => {
    const { rows } = setUp(endpoint);
    const same = await rows([
      { x: 1, customer: 7 },
      { x: 2, customer: 7 },
    ]);
    expect(same.status).toBe(200);
    const mixed = await rows([
      { x: 1, customer: 7 },
      { x: 2, customer: 8 },
    ]);
    expect(mixed.status).toBe(422);
    expect(mixed.json.errors[0].field).toBe('rows[1].customer');
    expect((await rows([{ x: 1, customer: 7 }, { x: 2 }])).status).toBe(422);
    expect((await rows([{ x: 1 }, { x: 2 }])).status).toBe(200);
  });

  it('takes no objects as units', async () => {
    const { rows, infer } = setUp(endpointOf(HALVES, { stickyUnit: field }));
    expect((await rows([{ x: 1, customer: {} }])).status).toBe(400);
    const { status, json } = await infer({}, { parameters: { customer: [1] } });
    expect([status, json.error]).toEqual([400, expect.stringContaining('customer: must be')]);
  });

  it('may not have any other field beside the columns', async () => {
    const { rows } = setUp(endpointOf(HALVES, { stickyUnit: field }));
    const { status, json } = await rows([{ x: 1, customer: 7, client: 1 }]);
    expect([status, json.errors[0].field]).toEqual([400, 'rows[0].client']);
  });
});

describe('a variant that cannot be loaded', () => {
  const path = '/v2/models/split/versions/2/infer';

  it('is stood in for by the heaviest other one, and the answer says so', async () => {
    const { infer, rows, warn, fetchArtifact } = setUp(
      endpointOf({ same: 30, minus: 50, up: 20 }),
      ['minus'],
    );
    for (const ask of [() => infer(), () => rows([{ x: 1.5 }])]) {
      const answers = await Promise.all(many(60).map(ask));
      expect(answers.every(({ status }) => status === 200)).toBe(true);
      const fallen = answers.filter(({ headers }) => headers['x-skiff-fallback-from'] === 'minus');
      expect(fallen.length).toBeGreaterThan(10);
      for (const { headers } of fallen) {
        expect(headers['x-skiff-variant']).toBe('same');
        expect(headers['x-skiff-prediction-id']).toMatch(/\.same$/);
      }
    }
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('"minus"'), expect.anything());
    // Left alone for a while, not fetched for each request again.
    const tried = artifactOf(MODELS.minus).sha256;
    expect(fetchArtifact.mock.calls.filter(([{ sha256 }]) => sha256 === tried)).toHaveLength(1);
  });

  it('fails those who ask for it by version', async () => {
    const { infer } = setUp(endpointOf(HALVES), ['minus']);
    expect((await infer({}, {}, path)).status).toBe(500);
  });

  it('does not make the endpoint unready while another can answer', async () => {
    const { call } = setUp(endpointOf(HALVES), ['minus']);
    expect((await call({ method: 'GET', path: '/v2/models/split/ready' })).json.ready).toBe(true);
  });

  it('is an error where no other can be loaded either', async () => {
    const { infer } = setUp(endpointOf(HALVES), ['minus', 'same']);
    expect((await infer()).status).toBe(500);
    expect((await infer()).status).toBe(500);
  });
});
