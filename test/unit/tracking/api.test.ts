import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import type { HttpEvent } from '#shared/http.ts';
import { logger } from '#shared/observability.ts';
import { checkPath } from '../../../functions/tracking/artifacts.ts';
import { handler } from '../../../functions/tracking/handlers/api.ts';
import { logBatch } from '../../../functions/tracking/log.ts';
import { wireBytes } from '../../../functions/tracking/page.ts';
import { trackingTable } from '../../helpers/tracking-table.ts';

process.env.TABLE_NAME = 'table';

interface Options {
  readonly body?: unknown;
  readonly query?: string;
  readonly scopes?: string | undefined;
}

async function call(
  method: string,
  path: string,
  { body, query = '', scopes = 'read register' }: Options = {},
) {
  const authorizer = {
    lambda: scopes === undefined ? { refused: 'unknown' } : { actor: 'a', scopes },
  };
  const requestContext = { requestId: 'id-1', http: { method }, authorizer };
  const text = typeof body === 'string' ? body : body && JSON.stringify(body);
  const event = { rawPath: path, rawQueryString: query, headers: {}, body: text, requestContext };
  const answer = await handler(event as unknown as HttpEvent);
  const isJson = answer.headers?.['content-type'] === 'application/json';
  return {
    status: answer.statusCode,
    body: isJson ? JSON.parse(answer.body as string) : answer.body,
  };
}

const MLFLOW = '/api/2.0/mlflow';

beforeEach(() => {
  trackingTable();
  for (const level of ['warn', 'error'] as const) {
    jest.spyOn(logger, level).mockReset().mockReturnValue();
  }
});

describe('what an MLflow client is told', () => {
  it.each<[string, string, Options, number, string]>([
    ['GET', '/traces', {}, 404, 'ENDPOINT_NOT_FOUND'],
    ['PUT', '/runs/create', {}, 404, 'ENDPOINT_NOT_FOUND'],
    ['GET', '/runs/get', {}, 400, 'INVALID_PARAMETER_VALUE'],
    ['GET', '/runs/get', { query: 'run_id=x' }, 404, 'RESOURCE_DOES_NOT_EXIST'],
    ['GET', '/experiments/get', { query: 'experiment_id=9' }, 404, 'RESOURCE_DOES_NOT_EXIST'],
    ['POST', '/runs/create', { body: '{' }, 400, 'INVALID_PARAMETER_VALUE'],
    [
      'POST',
      '/runs/log-batch',
      { body: { run_id: 'x', tags: [{ key: 'k'.repeat(1e6) }] } },
      400,
      'INVALID_PARAMETER_VALUE',
    ],
    [
      'POST',
      '/runs/log-metric',
      { body: { run_id: 'x', key: 'a', value: true, timestamp: 1 } },
      400,
      'INVALID_PARAMETER_VALUE',
    ],
    ['POST', '/runs/create', { body: {}, scopes: 'read' }, 403, 'PERMISSION_DENIED'],
    [
      'GET',
      '/experiments/get',
      { query: 'experiment_id=0', scopes: 'register' },
      403,
      'PERMISSION_DENIED',
    ],
  ])('%s %s: %j', async (method, path, options, status, code) => {
    const answer = await call(method, MLFLOW + path, options);
    expect([answer.status, answer.body.error_code]).toEqual([status, code]);
    expect(typeof answer.body.message).toBe('string');
  });

  it('names what is missing, as MLflow does', async () => {
    const { body } = await call('POST', `${MLFLOW}/experiments/create`, { body: { name: null } });
    expect(body.message).toContain("Missing value for required parameter 'name'.");
  });

  it.each<[string, object, string]>([
    ['runs/log-metric', { run_id: 31 }, "Invalid value 31 for parameter 'run_id' supplied: "],
    [
      'runs/log-batch',
      { run_id: 'x', metrics: 'foo' },
      `Invalid value "foo" for parameter 'metrics'`,
    ],
    [
      'runs/log-batch',
      { run_id: 'x', metrics: [{ key: 'mae', value: 2.5 }] },
      "Missing value for required parameter 'metrics[0].timestamp'.",
    ],
    ['runs/search', { max_results: 123456789 }, 'max_results must be between 1 and 50000'],
    ['experiments/search-datasets', {}, 'SearchDatasets request must specify at least one'],
    ['runs/set-tag', { run_id: 'x'.repeat(200), key: 'k', value: ['y'.repeat(200)] }, 'yy...'],
  ])('names what is wrong, as MLflow does: %s %j', async (path, body, words) => {
    const answer = await call('POST', `${MLFLOW}/${path}`, { body });
    expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining(words)]);
  });

  it.each([
    ['get-history-bulk', '', 'GetMetricHistoryBulk request must specify at least one run_id.'],
    ['get-history-bulk', 'run_id=1', 'GetMetricHistoryBulk request must specify a metric_key.'],
    ['get-history-bulk-interval', 'metric_key=a', "Missing value for required parameter 'run_ids'"],
    ['get-history-bulk-interval', 'run_ids=1&metric_key=a&start_step=1', 'both must be specified'],
    [
      'get-history-bulk-interval',
      'run_ids=1&metric_key=a&start_step=1&end_step=0',
      'end_step must be greater than start_step',
    ],
  ])('names what is wrong with a query for a curve: %s?%s', async (path, query, words) => {
    const answer = await call('GET', `${MLFLOW}/metrics/${path}`, { query });
    expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining(words)]);
  });

  it('is the same at the address that MLflow has for its own page', async () => {
    for (const space of ['', '/team-a']) {
      const body = { name: `mirrored${space}` };
      const made = await call('POST', `${space}/ajax-api/2.0/mlflow/experiments/create`, { body });
      const query = `experiment_id=${made.body.experiment_id}`;
      const found = await call('GET', `${space}${MLFLOW}/experiments/get`, { query });
      expect(found.body.experiment).toMatchObject(body);
    }
  });

  it('asks for a token, but not for health and version', async () => {
    const event = { rawPath: `${MLFLOW}/runs/get`, rawQueryString: '', headers: {} };
    const requestContext = { requestId: 'r', http: { method: 'GET' } };
    const answer = await handler({ ...event, requestContext } as unknown as HttpEvent);
    expect([answer.statusCode, JSON.parse(answer.body as string).error_code]).toEqual([
      401,
      'UNAUTHENTICATED',
    ]);
    expect(await call('GET', '/health', { scopes: undefined })).toEqual({
      status: 200,
      body: 'OK',
    });
    expect((await call('GET', '/team-a/version')).body).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('says to try again where storage fails, and nothing of a defect', async () => {
    const table = mockClient(DynamoDBDocumentClient);
    const get = () => call('GET', `${MLFLOW}/experiments/get`, { query: 'experiment_id=1' });
    table.on(GetCommand).rejects(Object.assign(new Error('slow'), { name: 'ThrottlingException' }));
    expect(await get()).toMatchObject({
      status: 503,
      body: { error_code: 'TEMPORARILY_UNAVAILABLE' },
    });
    table.on(GetCommand).rejects(new Error('a secret'));
    const { status, body } = await get();
    expect([status, body.error_code]).toEqual([500, 'INTERNAL_ERROR']);
    expect(body.message).not.toContain('secret');
  });

  it('of a workspace is not what there is in another', async () => {
    const made = await call('POST', `/team-a${MLFLOW}/experiments/create`, { body: { name: 'x' } });
    const query = `experiment_id=${made.body.experiment_id}`;
    expect((await call('GET', `/team-a${MLFLOW}/experiments/get`, { query })).status).toBe(200);
    expect((await call('GET', `${MLFLOW}/experiments/get`, { query })).status).toBe(404);
    expect((await call('GET', `/Team_A${MLFLOW}/experiments/get`, { query })).status).toBe(400);
  });
});

const LONG = 'x'.repeat(3000);

describe('a name longer than any key', () => {
  it.each<[string, string, Options, number]>([
    ['GET', '/runs/get', { query: `run_id=${LONG}` }, 404],
    ['POST', '/runs/create', { body: { experiment_id: LONG } }, 404],
    ['GET', '/experiments/get', { query: `experiment_id=${LONG}` }, 404],
    ['GET', `/logged-models/${LONG}`, {}, 404],
    ['POST', '/runs/search', { body: { experiment_ids: [LONG] } }, 200],
    ['GET', '/metrics/get-history-bulk', { query: `run_id=${LONG}&metric_key=a` }, 404],
    ['GET', '/metrics/get-history-bulk-interval', { query: `run_ids=${LONG}&metric_key=a` }, 404],
    ['POST', '/logged-models/search', { body: { experiment_ids: [LONG] } }, 400],
    ['POST', '/experiments/search-datasets', { body: { experiment_ids: [LONG] } }, 400],
  ])('is no defect of ours: %s %.30s', async (method, path, options, status) => {
    expect((await call(method, MLFLOW + path, options)).status).toBe(status);
  });

  it('is refused as the name of a metric, and found nowhere as an id', async () => {
    const { run_id } = (await call('POST', `${MLFLOW}/runs/create`, { body: {} })).body.run.info;
    const search = (body: object) =>
      call('POST', `${MLFLOW}/runs/search`, { body: { experiment_ids: ['0'], ...body } });
    expect((await search({ filter: `metrics.${LONG} > 1` })).status).toBe(400);
    expect((await search({ order_by: [`tags.${LONG}`] })).status).toBe(400);
    expect((await search({ filter: `run_id = '${LONG}'` })).body).toEqual({ runs: [] });
    const query = `run_id=${run_id}&metric_key=${LONG}`;
    expect((await call('GET', `${MLFLOW}/metrics/get-history`, { query })).status).toBe(400);
  });
});

describe('an answer', () => {
  const long = 'ю'.repeat(250);

  it('with points has no more of them than fit, and goes on behind a token', async () => {
    const { run_id } = (await call('POST', `${MLFLOW}/runs/create`, { body: {} })).body.run.info;
    const points = 12_000;
    for (let at = 0; at < points; at += 1000) {
      const metrics = Array.from({ length: 1000 }, (_, i) => ({
        ...{ key: long, value: Math.PI * 1e300, timestamp: 1e15 + at + i, step: at + i },
      }));
      await logBatch('default', run_id, { metrics, params: [], tags: [] });
    }
    const history = (more = '') => {
      const query = `run_id=${run_id}&metric_key=${encodeURIComponent(long)}${more}`;
      return call('GET', `${MLFLOW}/metrics/get-history`, { query });
    };
    const first = await history();
    expect(first.status).toBe(200);
    const second = await history(`&page_token=${first.body.next_page_token}`);
    expect(first.body.metrics.length + second.body.metrics.length).toBe(points);
    expect(wireBytes(JSON.stringify(first.body))).toBeLessThan(6_000_000);
    const names = `run_ids=${run_id}&`.repeat(100);
    const query = `${names}metric_key=${encodeURIComponent(long)}&max_results=2500`;
    const samples = await call('GET', `${MLFLOW}/metrics/get-history-bulk-interval`, { query });
    expect(samples.body.metrics.length).toBeGreaterThan(1000);
    expect(wireBytes(JSON.stringify(samples.body))).toBeLessThan(6_000_000);
  }, 60_000);

  it('has room for what a run was given, however well that can be compressed', async () => {
    const { run_id } = (await call('POST', `${MLFLOW}/runs/create`, { body: {} })).body.run.info;
    const dataset = { name: 'd', digest: '1', source_type: 'local', source: '{}' };
    const datasets = [{ dataset: { ...dataset, profile: '"'.repeat(1_000_000) } }];
    const { status, body } = await call('POST', `${MLFLOW}/runs/log-inputs`, {
      body: { run_id, datasets },
    });
    expect([status, body.message]).toEqual([400, expect.stringContaining('too large')]);
  });
});

describe('the path of an artifact', () => {
  it.each(['a', 'a/b c', 'ü/ß.txt', 'a.b/..c', 'a/'])('may be %s', (path) => {
    expect(checkPath(path)).toBe(path.replace(/\/$/, ''));
  });

  it.each([
    '..',
    'a/../b',
    '/etc/passwd',
    'a//b',
    './a',
    'a\\b',
    'C:/x',
    'a#b',
    'a\u0000b',
    'x'.repeat(1000),
  ])('may not be %j', (path) => {
    expect(() => checkPath(path)).toThrow('path');
  });
});
