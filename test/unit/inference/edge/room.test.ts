import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { edgeSettings } from '../../../../functions/inference/edge/settings.ts';
import { makeBundle } from '../../../helpers/bundle.ts';
import { ask, edgeFarm } from '../../../helpers/edge.ts';
import { failureOf, grpcClient } from '../../../helpers/grpc-client.ts';
import { echoModel } from '../../../helpers/tiny-model.ts';

const model = echoModel([{ name: 'x', datatype: 'FP32', shape: ['n'] }]);
const farm = edgeFarm();
let server: Awaited<ReturnType<typeof farm.start>>;
let client: ReturnType<typeof grpcClient>;

beforeAll(async () => {
  const folder = farm.newFolder();
  const path = farm.put(folder, 'b.tar', makeBundle('e', model));
  const room = { SKIFF_EDGE_MAX_BODY_MB: 1, SKIFF_EDGE_REQUESTS_MB: 1 };
  server = await farm.start(folder, { SKIFF_EDGE_BUNDLE: path, ...room });
  client = grpcClient(server.grpc);
});
afterAll(() => {
  client.close();
  return farm.end();
});

const inputs = (rows: number) => ({
  inputs: [{ name: 'x', datatype: 'FP32', shape: [rows], data: Array(rows).fill(1.2345) }],
});
const overHttp = (rows: number) => ask(`${server.url}/v2/models/e/infer`, inputs(rows));
const overGrpc = (rows: number) =>
  client.call('ModelInfer', {
    model_name: 'e',
    inputs: [{ name: 'x', datatype: 'FP32', shape: [rows] }],
    raw_input_contents: [Buffer.alloc(4 * rows)],
  });
const figure = async (name: string): Promise<number> => {
  const { text } = await ask(`${server.url}/metrics`);
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
};

/** A request of which all but the end has come. */
async function begin(rows: number): Promise<{ end: () => Promise<number> }> {
  const body = Buffer.from(JSON.stringify(inputs(rows)));
  const headers = { 'content-length': body.length };
  const url = `${server.url}/v2/models/e/infer`;
  const sent: ClientRequest = request(url, { method: 'POST', headers });
  sent.write(body.subarray(0, -1));
  while ((await figure('skiff_requests_bytes')) < body.length - 1) await pause(5);
  const end = async () => {
    sent.end(body.subarray(-1));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    return response.statusCode as number;
  };
  return { end };
}

describe('the memory of requests', () => {
  it('is shared over HTTP and gRPC: who finds no room comes again, and finds it', async () => {
    const other = await begin(100_000);
    const refused = await overHttp(100_000);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await failureOf(overGrpc(100_000))).toEqual([
      status.UNAVAILABLE,
      expect.stringContaining('send it again'),
    ]);
    expect((await overHttp(10)).status).toBe(200);
    expect(await figure('skiff_requests_turned_away_total')).toBe(2);
    expect(await other.end()).toBe(200);
    expect((await overHttp(100_000)).status).toBe(200);
    expect((await overGrpc(100_000)).outputs).toHaveLength(1);
  });

  it('is let go of where a request breaks off, is too large or wrong', async () => {
    expect((await overHttp(200_000)).status).toBe(413);
    expect((await ask(`${server.url}/v2/models/e/infer`, 'x'.repeat(500_000))).status).toBe(400);
    const broken = request(`${server.url}/v2/models/e/infer`, { method: 'POST' });
    broken.on('error', () => {});
    broken.write(Buffer.alloc(500_000));
    while ((await figure('skiff_requests_bytes')) < 500_000) await pause(5);
    broken.destroy();
    while ((await figure('skiff_requests_bytes')) > 0) await pause(5);
    expect((await overHttp(100_000)).status).toBe(200);
  });
});

it('room for less than one request is no setting', () => {
  Object.assign(process.env, { SKIFF_EDGE_KEYS: 'key.pem', SKIFF_EDGE_REQUESTS_MB: '63' });
  expect(() => edgeSettings()).toThrow('is less than SKIFF_EDGE_MAX_BODY_MB');
});
