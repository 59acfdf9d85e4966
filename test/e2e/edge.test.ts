import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openBundle } from '#core/bundle/manifest.ts';
import { pythonWith } from '../../local/python.ts';
import { edgeFarm } from '../helpers/edge.ts';
import { api, force, stack, UNEXAMINED, unique, writeUnexaminedPolicy } from '../helpers/stack.ts';
import { echoModel } from '../helpers/tiny-model.ts';

const INTEROP = join(import.meta.dirname, '../interop');
const echo = echoModel([
  { name: 'x', datatype: 'FP32', shape: ['n', 'k'] },
  { name: 'n', datatype: 'INT64', shape: ['n', 'm'] },
  { name: 'text', datatype: 'BYTES', shape: ['n', 'm'] },
]);
const name = unique('edge');
const endpoint = `/api/v1/endpoints/${name}`;
const farm = edgeFarm();
let token: string;
let server: Awaited<ReturnType<typeof farm.start>>;
let first: { revision: number; sha256: string };

const inputs = [
  { name: 'x', datatype: 'FP32', shape: [2, 1], data: [0.1, -1e30] },
  { name: 'n', datatype: 'INT64', shape: [2, 1], data: [7, -7] },
  { name: 'text', datatype: 'BYTES', shape: [2, 1], data: ['ä', '日本'] },
];
const register = (goldenSample?: object) => {
  const artifact = { base64: Buffer.from(echo.model).toString('base64') };
  const body = { artifact, ...(goldenSample && { goldenSample }) };
  return api.call('POST', `/api/v1/models/${name}/versions`, { body });
};
const serve = (version: number) => {
  const body = { variants: [{ model: name, version }], force, capture: { share: 1 } };
  return api.call('PUT', endpoint, { body });
};
const makeBundle = (body: object = {}) => api.call('POST', `${endpoint}/bundles`, { body });
const status = async () => (await fetch(`${server.url}/status`)).json() as Promise<any>;

beforeAll(async () => {
  await writeUnexaminedPolicy();
  await api.call('POST', '/api/v1/models', { body: { name, task: 'other', policy: UNEXAMINED } });
  await register({ inputs, outputs: [{ name: 'n_out', data: [7, -7] }] });
  await serve(1);
  const asked = { name: unique('device'), scopes: ['device'], endpoints: [name] };
  ({ token } = await api.call('POST', '/api/v1/tokens', { body: asked }));
  first = await makeBundle();
  const { publicKey } = await api.call('GET', '/api/v1/bundle-key');
  server = await farm.start(farm.newFolder(), {
    ...{ SKIFF_EDGE_KEYS: publicKey, SKIFF_EDGE_DEVICE: 'till-1' },
    ...{ SKIFF_URL: stack().apiUrl, SKIFF_TOKEN: token, SKIFF_EDGE_ENDPOINT: name },
  });
  await server.edge.poll();
});
afterAll(() => farm.end());

describe('a bundle', () => {
  it('is made once of a revision, signed, and downloaded as it was made', async () => {
    expect(await makeBundle()).toEqual(first);
    const { url, sha256 } = await api.call('GET', `${endpoint}/bundles/${first.revision}`);
    const archive = Buffer.from(await (await fetch(url)).arrayBuffer());
    const { publicKey } = await api.call('GET', '/api/v1/bundle-key');
    const { manifest, files } = openBundle(archive, [publicKey]);
    expect(manifest).toMatchObject({ endpoint: name, revision: first.revision });
    expect([...files.keys()]).toContain('variants/default/golden.json');
    expect(sha256).toBe(first.sha256);
  });

  it('is for devices with a token of their own, and of nothing else', async () => {
    const path = `${stack().apiUrl}${endpoint}`;
    const headers = { authorization: `Bearer ${token}` };
    const ask = async (rest: string) => (await fetch(`${path}${rest}`, { headers })).status;
    expect(await ask('/devices/till-1/bundle')).toBe(200);
    expect(await ask('/bundles')).toBe(403);
    const other = `${stack().apiUrl}/api/v1/endpoints/other/devices/till-1/bundle`;
    expect((await fetch(other, { headers })).status).toBe(403);
  });
});

describe('an edge server of the deployed platform', () => {
  it('answers what the deployed function answers, to the last bit', async () => {
    const body = JSON.stringify({ inputs, parameters: { binary_data_output: true } });
    const headers = {
      authorization: `Bearer ${stack().token}`,
      'content-type': 'application/json',
    };
    const [cloud, edge] = await Promise.all(
      [stack().apiUrl, server.url].map(async (url) => {
        const answer = await fetch(`${url}/v2/models/${name}/infer`, {
          ...{ method: 'POST', headers, body },
        });
        return [answer.status, Buffer.from(await answer.arrayBuffer())];
      }),
    );
    expect(edge).toEqual(cloud);
    expect(edge?.[0]).toBe(200);
  });

  it('is spoken to by Triton’s own clients, over HTTP and gRPC', async () => {
    const requirements = join(INTEROP, 'requirements.txt');
    const about = { name: 'triton', what: 'Triton’s clients', log: () => {} };
    const python = pythonWith({ requirements, ...about });
    const args = [
      join(INTEROP, 'triton.py'),
      server.url.slice('http://'.length),
      server.grpc,
      name,
    ];
    const { stdout } = await promisify(execFile)(python, args, { timeout: 60_000 });
    const { grpc, http } = JSON.parse(stdout);
    const common = {
      ...{ live: true, ready: true, model_ready: true, version_ready: true, other_ready: false },
      ...{ versions: ['1'], same: [true, true, true], one_output: [true, true] },
      ...{ id: 'mine', name: 'skiff' },
    };
    const words = (code: string, text: string) => [code, expect.stringContaining(text)];
    expect(grpc).toEqual({
      ...common,
      unknown_model: words('StatusCode.NOT_FOUND', 'there is no endpoint'),
      wrong_shape: words('StatusCode.INVALID_ARGUMENT', 'shape'),
      missing_input: words('StatusCode.INVALID_ARGUMENT', 'missing: n, text'),
    });
    expect(http).toEqual({
      ...common,
      same_json: [true, true, true],
      unknown_model: words('404', 'there is no endpoint'),
      wrong_shape: words('400', 'shape'),
      missing_input: words('400', 'missing: n, text'),
    });
  });

  it('hands over what it predicted, once, where the endpoint’s own traffic is', async () => {
    await server.edge.flush();
    await server.edge.flush();
    expect((await status()).spool).toEqual({ items: 0, bytes: 0 });
    const { variants } = await api.call('GET', `${endpoint}/traffic`);
    const [{ captures, requests }] = variants;
    // Those of Triton's clients, beside one of each side.
    expect(requests).toBeGreaterThan(8);
    expect(captures.written).toBe(captures.selected);
    expect(captures.files).toBeGreaterThan(0);
  });

  it('follows a rollout, and stays with what works where a bundle fails its test', async () => {
    await register();
    await serve(2);
    const second = await makeBundle({ rollout: 0 });
    await server.edge.poll();
    expect((await status()).revision).toBe(first.revision);
    const one = `${endpoint}/bundles/${second.revision}`;
    await api.call('PATCH', one, { body: { rollout: 100 } });
    await server.edge.poll();
    expect((await status()).revision).toBe(second.revision);
    await register({ inputs, outputs: [{ name: 'n_out', data: [7, 8] }] });
    await serve(3);
    await makeBundle();
    await server.edge.poll();
    expect(await status()).toMatchObject({ revision: second.revision, refusals: 1, ready: true });
  });
});
