import { LambdaClient } from '@aws-sdk/client-lambda';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { logger } from '#shared/observability.ts';
import { deliver, Undelivered } from '../../../functions/webhooks/deliver.ts';
import { dispatch, wants } from '../../../functions/webhooks/dispatch.ts';
import type { DeliveryRecord, Webhook } from '../../../functions/webhooks/schema.ts';
import { Receiver } from '../../helpers/receiver.ts';

Object.assign(process.env, {
  ...{ TABLE_NAME: 'table', PRIVATE_ADDRESSES: 'true', DELIVER_WEBHOOK_FUNCTION: 'deliver' },
});
const db = mockClient(DynamoDBDocumentClient);
const lambda = mockClient(LambdaClient);
const receiver = new Receiver();
let url: string;
beforeAll(async () => {
  jest.spyOn(logger, 'warn').mockReturnValue();
  url = await receiver.start();
});
afterAll(() => receiver.stop());

const ID = '01KB0000000000000000000007';
const EVENT = '01KB0000000000000000000000';
const at = '2026-11-24T09:00:00.000Z';
const hook = (): Webhook => ({
  ...{ id: ID, url, events: ['DriftDetected'], description: '', createdAt: at, createdBy: 'alice' },
});
const pending: DeliveryRecord = {
  ...{ id: EVENT, event: 'DriftDetected', status: 'pending', attempts: 0, rounds: 0 },
  ...{ createdAt: at, body: '{}' },
};
const errand = { webhook: ID, delivery: EVENT };

/** What the table holds; undefined: nothing. */
function holds(items: { webhook?: object; secret?: object; delivery?: object }): void {
  db.on(GetCommand).callsFake(({ Key: { pk, sk } }) => {
    const part = sk === 'CURRENT' ? items.webhook : items.delivery;
    const found = pk.startsWith('WEBHOOK_SECRET') ? items.secret : part;
    return { Item: found && { pk, sk, ...found } };
  });
}
const written = (): DeliveryRecord[] =>
  db.commandCalls(PutCommand).map(({ args }) => args[0].input.Item as never);

beforeEach(() => {
  for (const mock of [db, lambda]) mock.reset();
  receiver.received.splice(0);
  receiver.answers = [];
  holds({ webhook: hook(), secret: { secret: 'whsec_AAAA' }, delivery: pending });
});

describe('a delivery', () => {
  it('is noted with what was answered', async () => {
    await deliver(errand);
    expect(receiver.received.map(({ body }) => body)).toEqual(['{}']);
    expect(written()).toMatchObject([
      { status: 'pending', attempts: 0, rounds: 1 },
      { status: 'delivered', attempts: 1, rounds: 1, answer: 204 },
    ]);
  });

  it('counts its round before it sends, and leaves one that another call has begun', async () => {
    const seen = Object.assign(new Error('seen'), { name: 'ConditionalCheckFailedException' });
    db.on(PutCommand).rejects(seen);
    await expect(deliver(errand)).rejects.toThrow('another call has begun');
    expect(receiver.received).toEqual([]);
    const [first] = db.commandCalls(PutCommand);
    expect(first?.args[0].input).toMatchObject({
      ...{ Item: { rounds: 1, attempts: 0 }, ConditionExpression: 'rounds = :seen' },
      ExpressionAttributeValues: { ':seen': 0 },
    });
  });

  it('fails its call after three attempts, and for good after three calls', async () => {
    receiver.answers = [500, 404, 302];
    await expect(deliver(errand)).rejects.toThrow(Undelivered);
    expect(written().map(({ status, answer }) => [status, answer])).toEqual([
      ['pending', undefined],
      ['pending', 500],
      ['pending', 404],
      ['pending', 302],
    ]);
    receiver.answers = [500, 500, 500];
    holds({
      webhook: hook(),
      secret: { secret: 'whsec_AAAA' },
      delivery: { ...pending, rounds: 2 },
    });
    await expect(deliver(errand)).rejects.toThrow('answered 500');
    expect(written().at(-1)).toMatchObject({ status: 'failed', rounds: 3, attempts: 3 });
  }, 20_000);

  it.each([
    ['was delivered', { delivery: { ...pending, status: 'delivered' } }],
    ['was given up', { delivery: { ...pending, status: 'failed' } }],
    ['has no webhook any more', { webhook: undefined }],
    ['has no secret any more', { secret: undefined }],
  ])('that %s is not sent', async (_, more) => {
    holds({ webhook: hook(), secret: { secret: 'whsec_AAAA' }, delivery: pending, ...more });
    await deliver(errand);
    expect(receiver.received).toEqual([]);
    expect(written()).toEqual([]);
  });
});

describe('an event', () => {
  const detail = { id: EVENT, endpoint: 'wages', reason: 'age' };
  const event = { name: 'DriftDetected', detail } as const;

  it('is wanted by name, endpoint and model', () => {
    expect(wants(hook(), event)).toBe(true);
    expect(wants({ ...hook(), endpoint: 'wages' }, event)).toBe(true);
    expect(wants({ ...hook(), endpoint: 'other' }, event)).toBe(false);
    expect(wants({ ...hook(), model: 'm' }, event)).toBe(false);
    expect(wants({ ...hook(), events: ['ModelRegistered'] }, event)).toBe(false);
  });

  it('is handed over once noted, whole', async () => {
    const key = { pk: `WEBHOOK#${ID}`, sk: 'CURRENT', gsi1pk: 'WEBHOOKS', gsi1sk: ID };
    const items = [hook(), { ...hook(), endpoint: 'other' }];
    db.on(QueryCommand).resolves({ Items: items.map((item) => ({ ...key, ...item })) });
    await dispatch(event, new Date(at));
    const body = JSON.stringify({ type: 'DriftDetected', timestamp: at, data: detail });
    expect(written()).toMatchObject([{ id: EVENT, status: 'pending', body }]);
    const payloads = lambda.calls().map(({ args }) => (args[0].input as any).Payload);
    expect(payloads.map((p) => JSON.parse(Buffer.from(p).toString()))).toEqual([errand]);
  });

  it.each([
    ['is handed over where that broke off before', 0, 1],
    ['is not where it is under way', 1, 0],
  ])('that comes again %s', async (_, rounds, times) => {
    db.on(QueryCommand).resolves({ Items: [hook()] });
    const seen = Object.assign(new Error('seen'), { name: 'ConditionalCheckFailedException' });
    db.on(PutCommand).rejects(seen);
    holds({ delivery: { ...pending, rounds } });
    await dispatch(event);
    expect(lambda.calls()).toHaveLength(times);
  });
});
