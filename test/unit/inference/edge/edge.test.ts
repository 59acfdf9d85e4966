import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { profileTable } from '#core/profile/profiler.ts';
import type { GoldenSample } from '#core/signature/golden.ts';
import { DeviceUpload } from '../../../../functions/bundles/device-schema.ts';
import { makeBundle } from '../../../helpers/bundle.ts';
import { readParquet } from '../../../helpers/capture.ts';
import { ask, edgeFarm } from '../../../helpers/edge.ts';
import { fakePlatform } from '../../../helpers/fake-platform.ts';
import { echoModel } from '../../../helpers/tiny-model.ts';

const model = echoModel([{ name: 'x', datatype: 'FP32', shape: ['n'] }]);
const golden = (answer: number): GoldenSample => ({
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1], data: [2] }],
  outputs: [{ name: 'x_out', data: [answer] }],
  tolerance: 1e-6,
});
const capture = { share: 1, mask: [], drop: [] };
const bundle = (revision: number, more: object = {}) =>
  makeBundle('e', model, { revision, golden: golden(2), endpoint: { capture }, ...more });
/** Signed, and of a model that does not answer as it should. */
const broken = (revision: number) => bundle(revision, { golden: golden(3) });

const farm = edgeFarm();
let platform: Awaited<ReturnType<typeof fakePlatform>>;
beforeEach(async () => {
  platform = await fakePlatform();
});
afterEach(() => platform.close());
afterAll(() => farm.end());

const online = () => ({
  ...{ SKIFF_URL: platform.url, SKIFF_TOKEN: 'token', SKIFF_EDGE_ENDPOINT: 'e' },
});
const infer = (url: string, ...data: number[]) =>
  ask(`${url}/v2/models/e/infer`, {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [data.length], data }],
  });
const revisionOf = async (url: string) => (await ask(`${url}/status`)).json.revision;
const offer = (revision: number, archive: Uint8Array) => {
  platform.state.offer = { revision, archive };
};

describe('an edge server', () => {
  it('serves a bundle from a file, offline, and says what answered', async () => {
    const folder = farm.newFolder();
    const path = farm.put(folder, 'b.tar', bundle(3));
    const { url } = await farm.start(folder, { SKIFF_EDGE_BUNDLE: path });
    const answer = await infer(url, 1, 2);
    expect([answer.status, answer.json.outputs[0].data]).toEqual([200, [1, 2]]);
    expect(answer.headers.get('x-skiff-endpoint-revision')).toBe('3');
    expect(answer.headers.get('x-skiff-prediction-id')).toMatch(/\.e\.3\.default$/);
    expect((await ask(`${url}/v2/models/other/infer`, {})).status).toBe(404);
    expect((await ask(`${url}/v2/health/live`)).json).toEqual({ live: true });
    expect((await ask(`${url}/v2/health/ready`)).json).toEqual({ ready: true });
  });

  it('is alive and not ready without a bundle, or with one that is not as it was signed', async () => {
    const folder = farm.newFolder();
    const damaged = bundle(3);
    const at = damaged.indexOf(Buffer.from(model.model));
    damaged[at + 5] = (damaged[at + 5] as number) ^ 1;
    const path = farm.put(folder, 'b.tar', damaged);
    const { url, lines } = await farm.start(folder, { SKIFF_EDGE_BUNDLE: path });
    expect(lines.join('')).toContain('is not what was signed');
    expect((await ask(`${url}/v2/health/live`)).status).toBe(200);
    expect((await ask(`${url}/v2/health/ready`)).status).toBe(503);
    expect((await infer(url, 1)).status).toBe(503);
  });

  it('takes no bundle of a stranger, or of another endpoint', async () => {
    const folder = farm.newFolder();
    writeFileSync(join(folder, 'key.pem'), STRANGER);
    const path = farm.put(folder, 'b.tar', bundle(3));
    const one = await farm.start(folder, { SKIFF_EDGE_BUNDLE: path });
    expect(one.lines.join('')).toContain('which is not trusted');
    const other = farm.newFolder();
    const settings = { SKIFF_EDGE_BUNDLE: path, SKIFF_EDGE_ENDPOINT: 'f' };
    const two = await farm.start(other, settings);
    expect(two.lines.join('')).toContain('it is of \\"e\\", not \\"f\\"');
  });

  it('does not go on as half a server where a port is taken', async () => {
    const folder = farm.newFolder();
    const path = farm.put(folder, 'b.tar', bundle(3));
    const { grpc } = await farm.start(folder, { SKIFF_EDGE_BUNDLE: path });
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, 'close');
    const taken = { SKIFF_EDGE_HTTP_PORT: port, SKIFF_EDGE_GRPC_PORT: Number(grpc.split(':')[1]) };
    await expect(farm.start(farm.newFolder(), taken)).rejects.toThrow();
    await expect(ask(`http://127.0.0.1:${port}/v2/health/live`)).rejects.toThrow();
  });

  it('tells Prometheus what it did', async () => {
    const folder = farm.newFolder();
    const path = farm.put(folder, 'b.tar', bundle(3));
    const { url } = await farm.start(folder, { SKIFF_EDGE_BUNDLE: path });
    await infer(url, 1, 2, 3);
    await ask(`${url}/v2/models/e/infer`, { inputs: [] });
    const { text, headers } = await ask(`${url}/metrics`);
    expect(headers.get('content-type')).toContain('version=0.0.4');
    const labels =
      'protocol="http",endpoint="e",revision="3",variant="default",model="m",version="7"';
    expect(text).toContain(`skiff_requests_total{${labels},status="200"} 1\n`);
    expect(text).toContain(`skiff_requests_total{${labels},status="400"} 1\n`);
    expect(text).toContain(`skiff_rows_total{${labels}} 3\n`);
    expect(text).toContain(`skiff_request_seconds_bucket{${labels},le="+Inf"} 1\n`);
    expect(text).toContain('skiff_bundle{endpoint="e",revision="3"} 1\n');
    const isLine = /^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [\d.e+-]+)$/;
    expect(
      text
        .trimEnd()
        .split('\n')
        .filter((line) => !isLine.test(line)),
    ).toEqual([]);
  });
});

const STRANGER =
  '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n';

describe('an update', () => {
  it('is served once it has passed its test, and again after a restart without a network', async () => {
    const folder = farm.newFolder();
    offer(3, bundle(3));
    const first = await farm.start(folder, online());
    await first.edge.poll();
    expect(await revisionOf(first.url)).toBe(3);
    offer(4, bundle(4));
    await first.edge.poll();
    expect(await revisionOf(first.url)).toBe(4);
    await first.edge.stop();
    platform.state.isDown = true;
    const second = await farm.start(folder, online());
    expect(await revisionOf(second.url)).toBe(4);
    expect((await infer(second.url, 5)).json.outputs[0].data).toEqual([5]);
  });

  it('that fails its test is not served, nor fetched again; the next one is', async () => {
    const folder = farm.newFolder();
    offer(3, bundle(3));
    const { url, edge, lines } = await farm.start(folder, online());
    await edge.poll();
    offer(4, broken(4));
    await edge.poll();
    expect(await revisionOf(url)).toBe(3);
    expect(lines.join('')).toContain('differs from its golden sample');
    const { requests } = platform.state;
    await edge.poll();
    expect(platform.state.requests).toBe(requests + 1);
    expect((await ask(`${url}/metrics`)).text).toContain('skiff_bundles_refused_total 1\n');
    offer(5, bundle(5));
    await edge.poll();
    expect(await revisionOf(url)).toBe(5);
  });

  it('goes back where the platform takes a bundle back', async () => {
    const { url, edge } = await farm.start(farm.newFolder(), online());
    for (const revision of [3, 4, 3]) {
      offer(revision, bundle(revision));
      await edge.poll();
      expect(await revisionOf(url)).toBe(revision);
    }
  });

  it('that was damaged on disk gives way to the one before', async () => {
    const folder = farm.newFolder();
    const first = await farm.start(folder, online());
    for (const revision of [3, 4]) {
      offer(revision, bundle(revision));
      await first.edge.poll();
    }
    await first.edge.stop();
    const bundles = join(folder, 'state/bundles');
    const current = readdirSync(bundles).find((name) => name.startsWith('4-')) as string;
    writeFileSync(join(bundles, current), readFileSync(join(bundles, current)).fill(7, 3_000));
    platform.state.isDown = true;
    const second = await farm.start(folder, online());
    expect(await revisionOf(second.url)).toBe(3);
  });

  it('does not make an image that is started again go back to its own bundle', async () => {
    const folder = farm.newFolder();
    const path = farm.put(folder, 'b.tar', bundle(3));
    const first = await farm.start(folder, { ...online(), SKIFF_EDGE_BUNDLE: path });
    offer(4, bundle(4));
    await first.edge.poll();
    await first.edge.stop();
    const second = await farm.start(folder, { ...online(), SKIFF_EDGE_BUNDLE: path });
    expect(await revisionOf(second.url)).toBe(4);
  });

  it('fails no request that runs meanwhile', async () => {
    const { url, edge } = await farm.start(farm.newFolder(), online());
    offer(3, bundle(3));
    await edge.poll();
    let isOver = false;
    const statuses = new Set<number>();
    const caller = async () => {
      while (!isOver) statuses.add((await infer(url, 1)).status);
    };
    const callers = [caller(), caller()];
    for (const revision of [4, 5, 6]) {
      offer(revision, bundle(revision));
      await edge.poll();
    }
    isOver = true;
    await Promise.all(callers);
    expect([...statuses]).toEqual([200]);
  });
});

describe('what was predicted', () => {
  const started = async (more: object = {}) => {
    const folder = farm.newFolder();
    offer(3, bundle(3, { reference }));
    const server = await farm.start(folder, { ...online(), ...more });
    await server.edge.poll();
    return { ...server, folder };
  };
  const table = (values: number[]) => ({
    rows: values.length,
    columns: [{ name: 'in_x', kind: 'numeric' as const, values: Float64Array.from(values) }],
  });
  const reference = { name: 'r', rows: 3, columns: profileTable(table([1, 2, 3])).columns };
  const requestsIn = (items: readonly Record<string, any>[]) =>
    items.reduce((sum, { summary }) => sum + summary.requests, 0);

  it('waits on disk without a network, and arrives once when it is back', async () => {
    const { url, edge, folder } = await started();
    platform.state.isDown = true;
    await infer(url, 1, 2);
    await edge.flush();
    await infer(url, 3);
    await edge.stop();
    expect(platform.items.size).toBe(0);
    const second = await farm.start(folder, online());
    platform.state.isDown = false;
    platform.state.losesAnswers = true;
    await second.edge.flush();
    const once = platform.items.size;
    expect(once).toBeGreaterThan(0);
    platform.state.losesAnswers = false;
    await second.edge.flush();
    expect(platform.items.size).toBe(once);
    const captures = platform.ofKind('capture');
    const rows = await Promise.all(
      captures.map(({ base64 }) => readParquet(Buffer.from(String(base64), 'base64'))),
    );
    expect(rows.flat().map((row) => row.in_x)).toEqual([1, 2, 3]);
    expect(requestsIn(platform.ofKind('summary'))).toBe(2);
    expect((await ask(`${second.url}/status`)).json.spool.items).toBe(0);
    DeviceUpload.parse({ items: [...platform.items.values()] });
  });

  it('is sent at the end, also what came while the last upload was under way', async () => {
    const { url, edge } = await started();
    const { promise, resolve } = Promise.withResolvers<void>();
    platform.state.held = promise;
    await infer(url, 1);
    const { requests } = platform.state;
    const flushed = edge.flush();
    while (platform.state.requests === requests) await new Promise(setImmediate);
    await infer(url, 2);
    const stopped = edge.stop();
    resolve();
    await Promise.all([flushed, stopped]);
    expect(requestsIn(platform.ofKind('summary'))).toBe(2);
    expect(platform.ofKind('capture')).toHaveLength(2);
  });

  it('takes no more room than it was given, and says what was given up', async () => {
    const { url, edge } = await started({ SKIFF_EDGE_SPOOL_MB: 0.02 });
    platform.state.isDown = true;
    for (let i = 0; i < 12; i++) {
      await infer(url, ...Array.from({ length: 200 }, Math.random));
      await edge.flush();
    }
    const { items, bytes } = (await ask(`${url}/status`)).json.spool;
    expect(bytes).toBeLessThanOrEqual(0.02 * 2 ** 20);
    expect(items).toBeGreaterThan(0);
    const [, dropped] = /skiff_spool_dropped_total (\d+)/.exec(
      (await ask(`${url}/metrics`)).text,
    ) as unknown as [string, string];
    expect(Number(dropped)).toBeGreaterThan(0);
    platform.state.isDown = false;
    await edge.flush();
    // Counts are the last to go.
    expect(requestsIn(platform.ofKind('summary'))).toBe(12);
  });

  it('may go as a profile, the same that the rows themselves would give', async () => {
    const { url, edge } = await started({ SKIFF_EDGE_SEND: 'profiles' });
    await infer(url, 1, 2);
    await edge.flush();
    await infer(url, 10);
    await edge.flush();
    // Its hour is not over.
    expect(platform.ofKind('profile')).toEqual([]);
    await edge.stop();
    expect(platform.ofKind('capture')).toEqual([]);
    const [sent] = platform.ofKind('profile') as Record<string, any>[];
    const inputs = sent?.profile.columns.find((c: { name: string }) => c.name === 'in_x');
    const [whole] = profileTable(table([1, 2, 10])).columns;
    expect(inputs).toMatchObject({ count: 3, min: 1, max: 10, values: (whole as any).values });
    expect(inputs.bins.edges.length).toBeGreaterThan(1);
    expect(sent?.outside).toEqual({ in_x: 1 });
    DeviceUpload.parse({ items: [...platform.items.values()] });
  });

  it('goes nowhere where nobody was named to send it to', async () => {
    const folder = farm.newFolder();
    const path = farm.put(folder, 'b.tar', bundle(3));
    const { url, edge } = await farm.start(folder, { SKIFF_EDGE_BUNDLE: path });
    await infer(url, 1);
    await edge.flush();
    expect((await ask(`${url}/status`)).json.spool).toBeNull();
    expect(readdirSync(join(folder, 'state'))).toEqual(['bundles']);
  });
});
