import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import type { EventName } from '../../../events/catalogue.ts';
import { dispatch } from '../../../functions/webhooks/dispatch.ts';
import { handler as deliverHandler } from '../../../functions/webhooks/handlers/deliver-webhook.ts';
import { handler } from '../../../functions/webhooks/handlers/mlflow-api.ts';
import { exampleOf, messagesOf } from '../../../functions/webhooks/mlflow-events.ts';
import type { Webhook } from '../../../functions/webhooks/schema.ts';
import { mlflowHeaders } from '../../../functions/webhooks/signature.ts';
import { ping } from '../../../functions/webhooks/webhooks.ts';
import { Receiver } from '../../helpers/receiver.ts';
import expected from '../../references/mlflow-webhooks/expected.json' with { type: 'json' };

Object.assign(process.env, {
  ...{ TABLE_NAME: 'table', PRIVATE_ADDRESSES: 'true', DELIVER_WEBHOOK_FUNCTION: 'deliver' },
});
const db = mockClient(DynamoDBDocumentClient);
const lambda = mockClient(LambdaClient);
const receiver = new Receiver();
let url: string;
beforeAll(async () => {
  url = await receiver.start();
});
afterAll(() => receiver.stop());

const ID = '01KB0000000000000000000007';
const EVENT = '01KB0000000000000000000000';
const at = '2026-11-24T09:00:00.000Z';
const VERSION_TAG = [
  { entity: 'MODEL_VERSION_TAG', action: 'SET' },
  { entity: 'MODEL_VERSION_TAG', action: 'DELETED' },
] as const;

const hook = (mlflow: Partial<NonNullable<Webhook['mlflow']>> = {}): Webhook => ({
  ...{ id: ID, url, description: '', createdAt: at, createdBy: 'alice' },
  events: ['ModelVersionUpdated', 'ModelRegistered', 'ModelVersionRegistered', 'AliasMoved'],
  mlflow: {
    ...{ workspace: 'default', name: 'hook', status: 'ACTIVE', updatedAt: at, signed: true },
    ...{ events: [...VERSION_TAG], ...mlflow },
  },
});

/** The table has these webhooks, and the registry's records. */
function holds(webhook: Webhook, records: Record<string, object> = {}): void {
  db.on(QueryCommand).resolves({ Items: [webhook] });
  db.on(GetCommand).callsFake(({ Key: { pk, sk } }) => {
    if (pk.startsWith('WEBHOOK#') && sk === 'CURRENT') return { Item: webhook };
    if (pk.startsWith('WEBHOOK_SECRET')) return { Item: { secret: 'between us' } };
    return { Item: records[`${pk} ${sk}`] };
  });
}
beforeEach(() => {
  for (const mock of [db, lambda]) mock.reset();
  receiver.received.splice(0);
  receiver.answers = [];
  db.on(TransactWriteCommand).resolves({});
  holds(hook());
});

const happen = (name: EventName, detail: object) =>
  dispatch({ name, detail: { id: EVENT, ...detail } }, new Date(at));
const handed = () =>
  db.commandCalls(PutCommand).map(({ args }) => {
    const { id, body } = args[0].input.Item as { id: string; body: string };
    return { id, ...JSON.parse(body) };
  });

describe('what an event is to a webhook of MLflow', () => {
  it('is nothing while it is disabled, of another workspace, or not asked for', async () => {
    const tags = { stage: 'x' };
    const changed = { model: 'm', version: 2, status: 'approved', tags };
    holds(hook({ status: 'DISABLED' }));
    await happen('ModelVersionUpdated', changed);
    holds(hook({ workspace: 'team-a' }));
    await happen('ModelVersionUpdated', changed);
    holds(hook());
    await happen('ModelVersionUpdated', { ...changed, model: 'team-a~m' });
    await happen('ModelVersionUpdated', { ...changed, tags: undefined });
    await happen('AliasMoved', { model: 'm', version: 2, alias: 'champion', from: null });
    expect(handed()).toEqual([]);
  });

  it('is a message of its own for each tag, with ids that are the same the second time', async () => {
    const tags = { reviewed: 'yes', draft: null };
    const detail = { model: 'm', version: 2, status: 'approved', tags };
    await happen('ModelVersionUpdated', detail);
    const first = handed();
    expect(first).toEqual([
      {
        ...{ id: EVENT, entity: 'model_version_tag', action: 'set', timestamp: at },
        data: { name: 'm', version: '2', key: 'reviewed', value: 'yes' },
      },
      {
        ...{ id: `${EVENT.slice(0, -2)}01`, entity: 'model_version_tag', action: 'deleted' },
        ...{ timestamp: at, data: { name: 'm', version: '2', key: 'draft' } },
      },
    ]);
    await happen('ModelVersionUpdated', detail);
    expect(handed().slice(2)).toEqual(first);
  });

  it('holds what the registry has of a model and a version by now', async () => {
    const model = {
      name: 'team-a~m',
      task: 'other',
      owner: 'a',
      description: 'Prices',
      revision: 1,
    };
    const times = { createdAt: at, updatedAt: at };
    const head = { model: 'team-a~m', version: 3, status: 'kept', createdBy: 'a', revision: 1 };
    const events = [
      { entity: 'REGISTERED_MODEL', action: 'CREATED' } as const,
      { entity: 'MODEL_VERSION', action: 'CREATED' } as const,
    ];
    holds(hook({ workspace: 'team-a', events }), {
      'MODEL#team-a~m CURRENT': { ...model, ...times, latestVersion: 3, tags: { team: 'a' } },
      'MODEL#team-a~m VERSION#000000003': {
        ...{ ...head, ...times, description: '', tags: {}, lineage: {}, metrics: {} },
        mlflow: { source: 'models:/m-1', runId: 'r-1', notes: [] },
      },
    });
    await happen('ModelRegistered', { model: 'team-a~m', task: 'other' });
    await happen('ModelVersionKept', { model: 'team-a~m', version: 3, status: 'pending', why: '' });
    await happen('ModelVersionRegistered', { model: 'team-a~m', version: 3, artifactSha256: 'x' });
    await happen('ModelVersionRegistered', { model: 'team-a~m', version: 4, artifactSha256: 'x' });
    expect(handed().map(({ data }) => data)).toEqual([
      { name: 'm', tags: { team: 'a' }, description: 'Prices' },
      {
        ...{ name: 'm', version: '3', source: 'models:/m-1', run_id: 'r-1' },
        ...{ tags: {}, description: null },
      },
      {
        ...{ name: 'm', version: '4', source: '', run_id: null, tags: {}, description: null },
      },
    ]);
  });

  it("is MLflow's own example where it is a ping", async () => {
    expect(await ping(ID, new Date(at))).toMatchObject({ event: 'Ping', status: 'pending' });
    expect(handed()).toEqual([
      {
        ...{ id: expect.any(String), entity: 'model_version_tag', action: 'set', timestamp: at },
        data: exampleOf(VERSION_TAG[0]),
      },
    ]);
  });

  it('names aliases', () => {
    const of = { model: 'm', version: 2, alias: 'champion' };
    const detail = { id: EVENT, ...of };
    expect(messagesOf({ name: 'AliasMoved', detail }, 'm')).toEqual([
      {
        ...{ entity: 'MODEL_VERSION_ALIAS', action: 'CREATED' },
        data: { name: 'm', alias: 'champion', version: '2' },
      },
    ]);
    expect(messagesOf({ name: 'AliasRemoved', detail }, 'm')).toMatchObject([
      { action: 'DELETED', data: { name: 'm', alias: 'champion' } },
    ]);
    expect(messagesOf({ name: 'DriftDetected', detail }, 'm')).toEqual([]);
  });
});

describe('a delivery to a webhook of MLflow', () => {
  const deliver = async (webhook: Webhook, secret: string | undefined) => {
    const record = { id: EVENT, event: 'AliasMoved', status: 'pending', attempts: 0, rounds: 0 };
    db.on(GetCommand).callsFake(({ Key: { pk, sk } }) => {
      if (pk.startsWith('WEBHOOK_SECRET')) return { Item: secret && { secret } };
      return { Item: sk === 'CURRENT' ? webhook : { ...record, createdAt: at, body: '{}' } };
    });
    await deliverHandler({ webhook: ID, delivery: EVENT });
    return receiver.received.splice(0).map(({ headers }) => headers);
  };

  it('is signed, or not if it never had a secret, and is not sent once the secret is gone', async () => {
    const [signed] = await deliver(hook(), 'between us');
    expect(signed).toMatchObject({ 'x-mlflow-signature': expect.stringMatching(/^v1,/) });
    expect(signed).not.toHaveProperty('webhook-signature');
    const [plain] = await deliver(hook({ signed: false }), undefined);
    expect(plain).toMatchObject({ 'x-mlflow-delivery-id': EVENT });
    expect(plain).not.toHaveProperty('x-mlflow-signature');
    expect(await deliver(hook(), undefined)).toEqual([]);
  });
});

describe("MLflow's own code", () => {
  it.each(expected.signatures)(
    'signs with %s as here',
    (secret, id, timestamp, body, signature) => {
      const message = { id: id as string, timestamp: Number(timestamp), body: body as string };
      expect(mlflowHeaders(secret, message)).toMatchObject({
        ...{ 'x-mlflow-signature': signature, 'x-mlflow-timestamp': timestamp },
        'x-mlflow-delivery-id': id,
      });
      expect(mlflowHeaders(undefined, message)).not.toHaveProperty('x-mlflow-signature');
    },
  );

  it.each(expected.examples as [never, never, object][])(
    'tests %s %s with the same example',
    (entity, action, data) => {
      expect(exampleOf({ entity, action })).toEqual(data);
    },
  );
});

const PATH = '/api/2.0/mlflow/webhooks';
async function ask(method: string, rawPath: string, body?: object, scopes = 'admin') {
  const [path = '', rawQueryString = ''] = rawPath.split('?');
  const lambda = { actor: 'alice', scopes };
  const answer = await handler({
    ...{ rawPath: path, rawQueryString, headers: {}, isBase64Encoded: false },
    ...(body && { body: JSON.stringify(body) }),
    requestContext: { requestId: 'r', http: { method }, authorizer: { lambda } },
  } as never);
  return { status: answer.statusCode, json: JSON.parse(answer.body as string) };
}
const wanted = () => ({
  ...{ name: 'deployer', url, secret: 'between us' },
  events: [{ entity: 'MODEL_VERSION_ALIAS', action: 'CREATED' }],
});

describe('the webhooks of MLflow', () => {
  it('are made, with the secret apart, and read, listed and changed by their workspace', async () => {
    db.on(QueryCommand).resolves({ Items: [] });
    const { status, json } = await ask('POST', PATH, wanted());
    expect([status, json.webhook]).toEqual([
      200,
      {
        ...{ webhook_id: expect.any(String), name: 'deployer', description: '', url },
        ...{ events: wanted().events, status: 'ACTIVE' },
        creation_timestamp: expect.any(Number),
        last_updated_timestamp: expect.any(Number),
      },
    ]);
    const [secret] = db.commandCalls(PutCommand);
    expect(secret?.args[0].input.Item).toMatchObject({ secret: 'between us' });
    const writes = JSON.stringify(db.commandCalls(TransactWriteCommand)[0]?.args[0].input);
    expect(writes).toContain('WebhookCreated');
    expect(writes).not.toContain('between us');
    holds(hook());
    expect((await ask('GET', `${PATH}/${ID}`)).json.webhook.webhook_id).toBe(ID);
    expect((await ask('GET', `/team-a${PATH}/${ID}`)).status).toBe(404);
    expect((await ask('GET', `${PATH}?max_results=1`)).json.webhooks).toHaveLength(1);
    expect((await ask('GET', `/team-a${PATH}`)).json.webhooks).toEqual([]);
    const change = { status: 'DISABLED', events: [] };
    const changed = (await ask('PATCH', `${PATH}/${ID}`, change)).json.webhook;
    expect(changed).toMatchObject({ status: 'DISABLED', events: VERSION_TAG });
    expect((await ask('DELETE', `${PATH}/${ID}`)).json).toEqual({});
  });

  it.each([
    ['no name', { name: undefined }],
    ['a bad name', { name: '-x' }],
    ['no events', { events: [] }],
    ['an event that there is not', { events: [{ entity: 'MODEL_VERSION', action: 'DELETED' }] }],
    ['an event of prompts', { events: [{ entity: 'PROMPT', action: 'CREATED' }] }],
    ['no address', { url: 'nowhere' }],
    ['a password in the address', { url: 'https://a:b@example.com' }],
  ])('are refused with %s', async (_, change) => {
    const { status, json } = await ask('POST', PATH, { ...wanted(), ...change });
    expect([status, json.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE']);
  });

  it('need the scope admin', async () => {
    for (const scope of ['read', 'register', 'deploy']) {
      expect((await ask('GET', PATH, undefined, scope)).status).toBe(403);
    }
  });

  it('are tested with an example, signed by the function that may read secrets', async () => {
    lambda.on(InvokeCommand).callsFake(async ({ Payload }) => ({
      Payload: Buffer.from(JSON.stringify(await deliverHandler(JSON.parse(Payload.toString())))),
    }));
    receiver.answers = [204, 500];
    const test = async () => (await ask('POST', `${PATH}/${ID}/test`, {})).json.result;
    expect(await test()).toEqual({ success: true, response_status: 204 });
    expect(await test()).toEqual({ success: false, response_status: 500 });
    const [{ headers, body } = { headers: {}, body: '' }] = receiver.received;
    expect(JSON.parse(body)).toMatchObject({ entity: 'model_version_tag', action: 'set' });
    const message = {
      id: headers['x-mlflow-delivery-id'] as string,
      ...{ timestamp: Number(headers['x-mlflow-timestamp']), body },
    };
    expect(headers).toMatchObject(mlflowHeaders('between us', message));
    await receiver.stop();
    expect(await test()).toEqual({
      success: false,
      error_message: expect.stringContaining('Failed'),
    });
    url = await receiver.start();
  });
});
