import { DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import type { HttpEvent } from '#shared/http.ts';
import { logger } from '#shared/observability.ts';
import { handler } from '../../../functions/mlflow-registry/handlers/api.ts';

process.env.TABLE_NAME = 'table';

const model = (name: string) => ({
  ...{ name, task: 'other', owner: 'o', description: '', tags: {}, policy: 'default' },
  ...{ latestVersion: 0, revision: 1 },
  ...{ createdAt: '2026-11-26T00:00:00.000Z', updatedAt: '2026-11-26T00:00:00.000Z' },
});
const NAMES = ['mine', 'other', 'team-a~mine'];

interface Options {
  readonly body?: object;
  readonly query?: string;
  readonly models?: string;
  readonly workspaces?: string;
  readonly scopes?: string;
}

async function call(method: string, path: string, { body, query = '', ...token }: Options = {}) {
  const lambda = { actor: 'a', scopes: 'read register', ...token };
  const requestContext = { requestId: 'id', http: { method }, authorizer: { lambda } };
  const text = body && JSON.stringify(body);
  const event = { rawPath: path, rawQueryString: query, headers: {}, body: text, requestContext };
  const answer = await handler(event as unknown as HttpEvent);
  return { status: answer.statusCode, body: JSON.parse(answer.body as string) };
}

const MODELS = '/api/2.0/mlflow/registered-models';

beforeEach(() => {
  const table = mockClient(DynamoDBDocumentClient);
  table.on(GetCommand).callsFake(({ Key: { pk } }) => {
    const name = pk.replace('MODEL#', '');
    return { Item: NAMES.includes(name) ? model(name) : undefined };
  });
  table.on(QueryCommand).callsFake(({ IndexName, ExpressionAttributeValues: values }) => {
    const named = NAMES.filter((name) => name.startsWith(values[':prefix'] ?? ''));
    return { Items: IndexName ? named.map(model) : [] };
  });
  jest.spyOn(logger, 'warn').mockReset().mockReturnValue();
});

describe('a token that is limited', () => {
  const limited = { models: 'mine', workspaces: 'default' };

  it.each([
    ['GET', `${MODELS}/get`, 'mine', 200],
    ['GET', `${MODELS}/get`, 'other', 403],
    ['GET', `${MODELS}/get`, 'unknown', 403],
    ['POST', `${MODELS}/set-tag`, 'other', 403],
    ['DELETE', `${MODELS}/delete`, 'other', 403],
    ['POST', `${MODELS}/alias`, 'other', 403],
    ['POST', '/api/2.0/mlflow/model-versions/create', 'other', 403],
    ['GET', '/api/2.0/mlflow/model-versions/get-download-uri', 'other', 403],
  ])('to some models: %s %s of %s', async (method, path, name, status) => {
    const others = { key: 'k', value: 'v', alias: 'a', version: '1', source: 's3://a/b' };
    const query = new URLSearchParams({ name, ...others }).toString();
    const answer = await call(method, path, { ...limited, query, body: { name, ...others } });
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.body.error_code).toBe('PERMISSION_DENIED');
  });

  it('to some models finds no others', async () => {
    const { body } = await call('GET', `${MODELS}/search`, limited);
    expect(body.registered_models.map(({ name }: { name: string }) => name)).toEqual(['mine']);
  });

  it('to some models copies no version of another', async () => {
    const body = { name: 'mine', source: 'models:/other/1' };
    const answer = await call('POST', '/api/2.0/mlflow/model-versions/create', {
      ...limited,
      body,
    });
    expect([answer.status, answer.body.error_code]).toEqual([403, 'PERMISSION_DENIED']);
  });

  it('to a workspace reaches all models of that, and none of another', async () => {
    const own = { workspaces: 'team-a' };
    const query = 'name=mine';
    expect((await call('GET', `/team-a${MODELS}/get`, { ...own, query })).status).toBe(200);
    expect((await call('GET', `${MODELS}/get`, { ...own, query })).status).toBe(403);
    const { body } = await call('GET', `/team-a${MODELS}/search`, own);
    expect(body.registered_models.map(({ name }: { name: string }) => name)).toEqual(['mine']);
  });

  it('to reading changes nothing', async () => {
    const answer = await call('POST', `${MODELS}/create`, { scopes: 'read', body: { name: 'x' } });
    expect(answer.body.error_code).toBe('PERMISSION_DENIED');
  });
});

it('keeps the models of workspaces out of the default one', async () => {
  const { body } = await call('GET', `${MODELS}/search`);
  expect(body.registered_models.map(({ name }: { name: string }) => name)).toEqual([
    'mine',
    'other',
  ]);
});

it('says what is no number of a version, as MLflow does', async () => {
  const query = new URLSearchParams({ name: 'mine', version: 'the newest' }).toString();
  const answer = await call('GET', '/api/2.0/mlflow/model-versions/get', { query });
  expect([answer.status, answer.body.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE']);
  expect(answer.body.message).toBe("Parameter 'version' must be an integer, got 'the newest'.");
  const missing = await call('GET', '/api/2.0/mlflow/model-versions/get', { query: 'name=mine' });
  expect(missing.body.message).toContain("Missing value for required parameter 'version'");
});
