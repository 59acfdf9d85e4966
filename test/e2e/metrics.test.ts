import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Prometheus } from '../helpers/prometheus.ts';
import {
  api,
  apiWith,
  force,
  stack,
  UNEXAMINED,
  unique,
  writeUnexaminedPolicy,
} from '../helpers/stack.ts';
import { treeModel } from '../helpers/tree-model.ts';

const model = unique('scraped');
const name = unique('scrape');
const path = `/api/v1/endpoints/${name}`;
const rows = [
  { x_0: 0.1, x_1: 0.2 },
  { x_0: 0.3, x_1: 0.4 },
];
let prometheus: Prometheus;

async function tokenWith(more: object): Promise<string> {
  const body = { name: unique('prometheus'), scopes: ['read'], ...more };
  return (await api.call('POST', '/api/v1/tokens', { body })).token;
}

const scrape = async (token: string): Promise<string> => {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(`${stack().apiUrl}/metrics`, { headers })).text();
};

beforeAll(async () => {
  await writeUnexaminedPolicy();
  await api.call('POST', '/api/v1/models', {
    body: { name: model, task: 'binary', policy: UNEXAMINED },
  });
  const { model: bytes } = treeModel({ trees: 3, depth: 2, features: 2 });
  const artifact = { base64: Buffer.from(bytes).toString('base64') };
  await api.call('POST', `/api/v1/models/${model}/versions`, { body: { artifact } });
  await api.call('PUT', path, { body: { variants: [{ model, version: 1 }], force } });
  for (let i = 0; i < 3; i++) {
    await api.call('POST', `${path}/predictions`, { body: { rows } });
  }
  await api.request('POST', `${path}/predictions`, { body: { rows: [{ no: 1 }] } });
  prometheus = await Prometheus.start(`${stack().apiUrl}/metrics`, await tokenWith({}));
}, 120_000);

afterAll(() => prometheus?.stop());

describe('a Prometheus', () => {
  it('scrapes what each variant answered, failed and took', async () => {
    const of = (metric: string, more = '') => `${metric}{endpoint="${name}"${more}}`;
    const [answered] = await prometheus.until(
      of('model_infer_request_success_total'),
      ([series]) => series?.value[1] === '3',
    );
    expect(await prometheus.scraped()).toMatchObject({ health: 'up', lastError: '' });
    expect(answered?.metric).toMatchObject({ variant: 'default', model, version: '1' });
    expect(answered?.value[1]).toBe('3');
    const value = async (query: string) => (await prometheus.query(query))[0]?.value[1];
    const failed = of('model_infer_request_failure_total', ',reason="client"');
    expect(await value(failed)).toBe('1');
    expect(await value(of('skiff_predicted_rows_total'))).toBe('6');
    expect(await value(of('request_predict_seconds_count'))).toBe('3');
    expect(await value(of('request_predict_seconds_bucket', ',le="+Inf"'))).toBe('3');
    const quantile = `histogram_quantile(0.95, sum by (le) (${of('request_predict_seconds_bucket')}))`;
    expect(Number(await value(quantile))).toBeGreaterThan(0);
    expect(await value(of('skiff_model_info', ',revision="1"'))).toBe('1');
    expect(await value(of('skiff_variant_weight_ratio'))).toBe('1');
  }, 90_000);
});

describe('the metrics', () => {
  it('are for who may read, and of the endpoints that a token is limited to', async () => {
    const stranger = await fetch(`${stack().apiUrl}/metrics`);
    expect(stranger.status).toBe(401);
    const caller = await apiWith('predict');
    expect((await caller.request('GET', '/metrics')).status).toBe(403);
    expect(await scrape(await tokenWith({ endpoints: [name] }))).toContain(`"${name}"`);
    const elsewhere = await scrape(await tokenWith({ endpoints: ['elsewhere'] }));
    expect(elsewhere).not.toContain('endpoint=');
  });
});
