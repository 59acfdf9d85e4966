import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { TrafficTally } from '#core/traffic/summary.ts';
import { putObject } from '#shared/aws-write.ts';
import { awsSink } from '../../../functions/inference/capture/aws-sink.ts';
import { prepareTarget } from '../../../functions/inference/predict.ts';
import { servingEndpoint } from '../../helpers/inference.ts';
import { echoModel } from '../../helpers/tiny-model.ts';

let requests: { method?: string; url?: string; headers: any; body: Buffer }[] = [];
let statuses: number[] = [];
let server: Server;
const environment = { ...process.env };

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      requests.push({ method, url, headers, body: Buffer.concat(chunks) });
      response.writeHead(statuses.shift() ?? 200).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: 'eu-central-1',
  });
});

beforeEach(() => {
  requests = [];
  statuses = [];
});

afterAll(() => {
  process.env = environment;
  server.closeAllConnections();
  server.close();
});

const bytes = Uint8Array.of(80, 65, 82, 49);

describe('writing an object', () => {
  it('sends its bytes under its encoded key, signed', async () => {
    await putObject('data', 'captures/e/dt=2026-11-25/hr=21/a-1.parquet', bytes);
    const [request] = requests;
    expect(request).toMatchObject({
      ...{ method: 'PUT', body: Buffer.from(bytes) },
      url: '/data/captures/e/dt%3D2026-11-25/hr%3D21/a-1.parquet',
    });
    expect(request?.headers.authorization).toContain('/eu-central-1/s3/aws4_request');
    expect(request?.headers.authorization).toContain('content-length;host;');
  });

  it('is tried again where S3 fails, and not where it refuses', async () => {
    statuses = [503, 200];
    await putObject('data', 'k', bytes);
    expect(requests).toHaveLength(2);
    statuses = [403];
    await expect(putObject('data', 'k', bytes)).rejects.toThrow('403');
    expect(requests).toHaveLength(3);
  });
});

describe('writing a summary', () => {
  it('puts one item with the key of endpoint, minute, variant and instance, which expires', async () => {
    const target = prepareTarget(
      servingEndpoint('e', echoModel([{ name: 'x', datatype: 'FP32', shape: ['N'] }])),
      servingEndpoint('e', echoModel([{ name: 'x', datatype: 'FP32', shape: ['N'] }]))
        .variants[0] as never,
    );
    const summary = new TrafficTally().toJSON();
    const minute = '2026-11-25T21:15Z';
    await awsSink({ table: 't', bucket: 'b' }).putSummary({
      ...{ target, minute, instance: 'I', before: 4, summary },
    });
    const [request] = requests;
    expect(request?.headers['x-amz-target']).toBe('DynamoDB_20120810.PutItem');
    const { TableName, Item } = JSON.parse(request?.body.toString() ?? '');
    expect(TableName).toBe('t');
    expect(Item).toMatchObject({
      pk: { S: 'TRAFFIC#e' },
      sk: { S: '2026-11-25T21:15Z#default#3#I' },
      expiresAt: { N: String(Date.parse('2026-12-09T21:15Z') / 1000) },
      ...{ model: { S: 'm' }, version: { N: '7' }, revision: { N: '3' }, before: { N: '4' } },
    });
    expect(JSON.parse(Item.summary.S)).toEqual(summary);
  });
});
