import {
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { CardProse } from '../../../functions/cards/schema.ts';
import { poorFacts, richFacts, sampleProse } from '../../helpers/card-facts.ts';
import { fakeS3 } from '../../helpers/fake-s3.ts';
import { type Call, httpEvent, invoke } from '../../helpers/invoke.ts';

Object.assign(process.env, { TABLE_NAME: 't', ARTIFACTS_BUCKET: 'a', DATA_BUCKET: 'd' });
const { handler } = await import('../../../functions/cards/handlers/api.ts');

type Item = Record<string, any>;
const dynamo = mockClient(DynamoDBDocumentClient);
const s3 = fakeS3();
let items: Item[];

/** The table in memory, as far as cards read it. */
beforeEach(() => {
  items = [];
  s3.objects.clear();
  dynamo.reset();
  dynamo.on(GetCommand).callsFake(async ({ Key }) => ({
    Item: items.find(({ pk, sk }) => pk === Key.pk && sk === Key.sk),
  }));
  dynamo.on(QueryCommand).callsFake(async ({ ExpressionAttributeValues: v, Limit }) => {
    const fits = ({ pk, sk }: Item) =>
      pk === v[':pk'] &&
      (v[':prefix'] ? sk.startsWith(v[':prefix']) : sk >= v[':first'] && sk <= v[':own']);
    const found = items.filter(fits).sort((a, b) => (a.sk < b.sk ? 1 : -1));
    return { Items: found.slice(0, Limit) };
  });
  dynamo.on(TransactWriteCommand).callsFake(async ({ TransactItems }) => {
    items.push(...TransactItems.map(({ Put }: Item) => Put.Item));
    return {};
  });
});

const put = (pk: string, sk: string, item: object) => items.push({ pk, sk, ...item });
const AT = '2026-11-24T09:00:00.000Z';

function known() {
  const { model, version, previous, validation } = richFacts;
  const stored = { policy: 'credit', latestVersion: 3, revision: 1, createdAt: AT, updatedAt: AT };
  put('MODEL#credit-default', 'CURRENT', { ...model, ...stored });
  put('MODEL#credit-default', 'VERSION#000000003', version);
  put('MODEL#credit-default', 'VERSION#000000002', previous!.version);
  const { checks, evidence, policy, ...rest } = validation!;
  put('MODEL#credit-default', `VALIDATION#000000003#${rest.id}`, {
    ...rest,
    model: 'credit-default',
    version: 3,
    policy: { ...policy, gates: [] },
    requestedBy: 'alice',
    createdAt: AT,
  });
  for (const summary of checks) {
    put(`VALIDATION#${rest.id}`, `CHECK#${summary.check}`, summary);
    s3.objects.set(
      `d/reports/validations/${rest.id}/${summary.check}.json`,
      Buffer.from(JSON.stringify(evidence[summary.check])),
    );
  }
}

/** The answer as it is: not every format is JSON. */
const call = (request: Call) =>
  handler(httpEvent(request), { getRemainingTimeInMillis: () => 10_000 } as any) as Promise<any>;

const path = '/api/v1/models/credit-default/versions/3/card';
const { version: _, revision: __, updatedAt: ___, updatedBy: ____, ...prose } = sampleProse;

describe('GET …/card', () => {
  it('answers what is on record', async () => {
    known();
    const { status, body, headers } = await invoke(handler, { path, scopes: 'read' });
    expect([status, headers.etag]).toEqual([200, '"0"']);
    expect(body).toMatchObject({
      verdict: { status: 'rejected', gates: { length: 4 } },
      fairness: { measured: true, attributes: [{ attribute: 'sex' }] },
      changes: { since: 2 },
      prose: null,
    });
  });

  it('says that there is nothing', async () => {
    const { status, body } = await invoke(handler, { path });
    expect([status, body.detail]).toEqual([404, 'there is no model "credit-default"']);
  });

  it('shows evidence of an older form as not measured', async () => {
    known();
    const key = `d/reports/validations/${richFacts.validation!.id}/contract.json`;
    s3.objects.set(key, Buffer.from('{"columns":1}'));
    const { body } = await invoke(handler, { path });
    expect(body.contract).toEqual({
      measured: false,
      reason: 'its evidence is of an older form: validate again',
    });
  });

  it.each([
    ['toolkit', 'application/json', 'schema_version'],
    ['sagemaker', 'application/json', 'model_overview'],
    ['cyclonedx', 'application/vnd.cyclonedx+json; version=1.6', 'bomFormat'],
  ])('answers %s', async (format, type, field) => {
    known();
    const { body, headers } = await invoke(handler, { path, query: { format } });
    expect(headers['content-type']).toBe(type);
    expect(body).toHaveProperty(field);
  });

  it.each([
    ['application/vnd.cyclonedx+json', 'application/vnd.cyclonedx+json; version=1.6'],
    ['application/json;q=0.1, application/vnd.cyclonedx+json;q=0.2', /cyclonedx/],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/html; charset=utf-8'],
    ['text/markdown', 'text/markdown; charset=utf-8'],
    ['*/*', 'application/json'],
    ['constructor', 'application/json'],
    ['image/png, application/vnd.cyclonedx+json;q=0', 'application/json'],
  ])('reads Accept: %s', async (accept, type) => {
    known();
    const { headers } = await call({ path, headers: { accept } });
    expect(headers['content-type']).toEqual(
      typeof type === 'string' ? type : expect.stringMatching(type),
    );
  });

  it('refuses a format that it has not', async () => {
    const { status, body } = await invoke(handler, { path, query: { format: 'pdf' } });
    expect([status, body.errors[0].field]).toEqual([400, 'format']);
  });
});

describe('PUT …/card', () => {
  const write = (body: unknown, headers = {}) =>
    invoke(handler, { method: 'PUT', path, body, headers, scopes: 'register' });

  it('keeps prose with an audit entry and its event, once', async () => {
    known();
    const { status, body, headers } = await write(prose);
    expect([status, headers.etag]).toEqual([200, '"1"']);
    expect(body).toMatchObject({ ...prose, version: 3, revision: 1, updatedBy: 'tester' });
    expect(items.at(-1)).toMatchObject({
      pk: 'AUDIT',
      action: 'card.put',
      event: {
        name: 'ModelCardUpdated',
        detail: { model: 'credit-default', version: 3, revision: 1 },
      },
    });
    const before = items.length;
    expect((await write(prose)).body.revision).toBe(1);
    expect(items).toHaveLength(before);
    const card = await invoke(handler, { path });
    expect([card.headers.etag, card.body.prose.version, card.body.missing]).toEqual(['"1"', 3, []]);
  });

  it('takes the prose of the version before until there is some of its own', async () => {
    known();
    put('MODEL#credit-default', 'CARD#000000001', { ...sampleProse, version: 1 });
    put('MODEL#credit-default', 'CARD#000000002', { ...sampleProse, riskRating: 'low' });
    put('MODEL#credit-default', 'CARD#000000004', { ...sampleProse, version: 4 });
    const { body, headers } = await invoke(handler, { path });
    expect([body.prose.version, body.prose.riskRating, headers.etag]).toEqual([2, 'low', '"0"']);
  });

  it('refuses what was written on another state', async () => {
    known();
    const { status, body } = await write(prose, { 'if-match': '"7"' });
    expect([status, body.detail]).toEqual([412, expect.stringContaining('revision 0')]);
  });

  it.each([
    ['an unknown rating', { riskRating: 'none' }, 'riskRating'],
    ['an empty line', { users: [''] }, 'users[0]'],
    ['a link that runs', { references: ['javascript:alert(1)'] }, 'references[0]'],
    ['an unknown field', { intended: 'x' }, 'intended'],
    ['more than an item holds', { limitations: Array(50).fill('€'.repeat(2000)) }, 'body'],
  ])('refuses %s', async (_, body, field) => {
    known();
    const answer = await write(body);
    expect([answer.status, answer.body.errors[0].field]).toEqual([400, field]);
  });

  it('is for those who may register, and for versions that are there', async () => {
    known();
    const refused = await invoke(handler, { method: 'PUT', path, body: prose, scopes: 'read' });
    expect(refused.status).toBe(403);
    const other = path.replace('/3/', '/9/');
    expect((await invoke(handler, { method: 'PUT', path: other, body: prose })).status).toBe(404);
  });

  it('needs nothing: an empty card is one', () => {
    expect(CardProse.parse({})).toMatchObject({ riskRating: 'unknown', users: [] });
    expect(poorFacts.prose).toBeUndefined();
  });
});
