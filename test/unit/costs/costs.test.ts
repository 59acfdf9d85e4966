import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import {
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { TrafficTally } from '#core/traffic/summary.ts';
import { catalogue } from '../../../events/catalogue.ts';
import { checkBudgets } from '../../../functions/costs/budgets.ts';
import { handler as api } from '../../../functions/costs/handlers/api.ts';
import { EndpointCost, ModelCost } from '../../../functions/costs/schema.ts';
import { invoke } from '../../helpers/invoke.ts';

Object.assign(process.env, { TABLE_NAME: 'table', ALARM_TOPIC: 'arn:topic', ALARM_PREFIX: 'P' });
const db = mockClient(DynamoDBDocumentClient);
const cloudwatch = mockClient(CloudWatchClient);

/** What is in the table, by partition. */
let traffic: Record<string, object[]>;
let records: Record<string, object | undefined>;
let indexed: Record<string, object[]>;

beforeEach(() => {
  db.reset();
  cloudwatch.reset();
  traffic = {};
  records = { 'ENDPOINT#e': { pk: 'ENDPOINT#e' } };
  indexed = { BUDGETS: [], ENDPOINTS: [] };
  db.on(GetCommand).callsFake(async ({ Key }) => ({ Item: records[Key.pk] }));
  db.on(QueryCommand).callsFake(async ({ IndexName, ExpressionAttributeValues }) => {
    const pk = ExpressionAttributeValues[':pk'];
    // No hour was rolled up.
    if (ExpressionAttributeValues[':from']?.startsWith('H')) return { Items: [] };
    return { Items: IndexName ? indexed[pk] : (traffic[pk] ?? []) };
  });
  db.on(TransactWriteCommand).callsFake(async ({ TransactItems }) => {
    for (const { Put, Delete } of TransactItems) {
      if (Put) records[Put.Item.pk] = Put.Item;
      if (Delete) records[Delete.Key.pk] = undefined;
    }
    return {};
  });
});

/** A million answered requests of 5 ms in 1,000 MB: 8e6 GB·ms… by hand below. */
function item(model: string, more: { shadow?: boolean; version?: number } = {}) {
  const tally = new TrafficTally();
  Object.assign(tally, { requests: 1e6, rows: 2e6, calls: 1e6 });
  Object.assign(tally, { handlerMs: 5e6, megabyteMs: 5e6 * 1024, files: 100, tableWrites: 1_000 });
  return {
    ...{ minute: '2026-11-25T21:15Z', variant: 'a', model, version: 1, revision: 1 },
    ...{ instance: 'i', before: 0, summary: JSON.stringify(tally), ...more },
  };
}

/**
 * By hand: $1 for the API, $0.20 for calls, $0.35 for logs, (5 + 3) ms × 1e6 of 1 GB are 8,000 GB·s
 * at $0.0000133334 = $0.1066672, $0.0005 for 100 files, $0.000625 for 1,000 kilobytes of items.
 */
const ONE = 1 + 0.2 + 0.35 + 0.1066672 + 0.0005 + 0.000625;
const query = { from: '2026-11-25T21:00:00Z', to: '2026-11-25T22:00:00Z' };

describe('costs', () => {
  it('of an endpoint are those of its traffic, shadows apart and without the API', async () => {
    traffic['TRAFFIC#e'] = [item('m'), item('n', { shadow: true, version: 2 })];
    const { status, body } = await invoke(api, { path: '/api/v1/endpoints/e/cost', query });
    expect(status).toBe(200);
    expect(EndpointCost.parse(body)).toEqual(body);
    expect(body.total).toBeCloseTo(2 * ONE - 1, 9);
    expect(body.predictions).toBe(2e6);
    expect(body.per1000Predictions).toBeCloseTo((2 * ONE - 1) / 2_000, 12);
    expect([body.serving.api, body.shadows.api]).toEqual([1, 0]);
    expect(body.versions.map((v: any) => [v.model, v.shadow])).toEqual([
      ['m', false],
      ['n', true],
    ]);
  });

  it('of a model are those of its versions behind every endpoint', async () => {
    const endpoint = {
      ...{ name: 'e', description: '', variants: [], revision: 1, updatedBy: 'a' },
      ...{ createdAt: '2026-11-25T21:00:00.000Z', updatedAt: '2026-11-25T21:00:00.000Z' },
    };
    indexed.ENDPOINTS = [endpoint, { ...endpoint, name: 'f' }];
    // Those that were deleted since the span began have their part in it.
    const before = { ...endpoint, name: 'long-gone', updatedAt: '2026-11-25T20:59:00.000Z' };
    indexed['DELETED-ENDPOINTS'] = [{ ...endpoint, name: 'gone' }, before];
    traffic['TRAFFIC#gone'] = [item('m')];
    traffic['TRAFFIC#long-gone'] = [item('m')];
    traffic['TRAFFIC#e'] = [item('m'), item('other')];
    traffic['TRAFFIC#f'] = [item('m', { version: 3 })];
    const { body } = await invoke(api, { path: '/api/v1/models/m/cost', query });
    expect(ModelCost.parse(body)).toEqual(body);
    expect(body.total).toBeCloseTo(3 * ONE, 9);
    expect(body.versions.map((v: any) => [v.endpoint, v.version])).toEqual([
      ['e', 1],
      ['f', 3],
      ['gone', 1],
    ]);
  });

  it('are nothing where nothing was asked, and unknown of an endpoint that never was', async () => {
    const path = '/api/v1/endpoints/e/cost';
    const { body } = await invoke(api, { path, query });
    expect([body.total, body.per1000Predictions]).toEqual([0, null]);
    expect((await invoke(api, { path: path.replace('/e/', '/x/'), query })).status).toBe(404);
  });
});

describe('a budget', () => {
  const path = '/api/v1/endpoints/e/budget';
  const put = (amount: number, period = 'month', headers = {}) =>
    invoke(api, { method: 'PUT', path, body: { amount, period }, headers });
  const events = () =>
    db.commandCalls(TransactWriteCommand).flatMap(({ args }) =>
      (args[0].input.TransactItems ?? []).flatMap(({ Put }) => {
        const { event, id, at, actor } = Put?.Item ?? {};
        if (!event) return [];
        const detail = { id, at, actor, ...event.detail };
        catalogue[event.name as 'BudgetExceeded'].strict().parse(detail);
        return [{ name: event.name, ...event.detail }];
      }),
    );

  it('is set with an alarm of its own, again without change, and taken away with it', async () => {
    const made = await put(10);
    expect([made.status, made.headers.etag]).toEqual([200, '"1"']);
    expect((await put(10)).body.revision).toBe(1);
    expect((await put(20, 'day')).body).toMatchObject({ amount: 20, period: 'day', revision: 2 });
    expect((await put(30, 'day', { 'if-match': '"1"' })).status).toBe(412);
    const [alarm] = cloudwatch.commandCalls(PutMetricAlarmCommand).map(({ args }) => args[0].input);
    expect(alarm).toMatchObject({
      ...{ AlarmName: 'P-budget-e', Threshold: 1, TreatMissingData: 'ignore' },
      ...{ Namespace: 'Skiff', MetricName: 'BudgetUsed', AlarmActions: ['arn:topic'] },
      Dimensions: [{ Name: 'Endpoint', Value: 'e' }],
      AlarmDescription: expect.stringContaining('docs/runbooks/budget-exceeded.md'),
    });
    expect((await invoke(api, { method: 'DELETE', path })).status).toBe(204);
    const [removed] = cloudwatch.commandCalls(DeleteAlarmsCommand);
    expect(removed?.args[0].input).toEqual({ AlarmNames: ['P-budget-e'] });
    expect((await invoke(api, { path })).status).toBe(404);
    expect(events().map(({ name }) => name)).toEqual([
      ...['BudgetUpdated', 'BudgetUpdated', 'BudgetRemoved'],
    ]);
  });

  const now = new Date('2026-11-25T21:30:00Z');
  const check = async (at = now) => {
    indexed.BUDGETS = [records['BUDGET#e'] as object];
    await checkBudgets(at);
  };

  it('is measured, and says once a period that it was exceeded', async () => {
    traffic['TRAFFIC#e'] = [item('m')];
    await put(1);
    await check();
    await check();
    const spent = events().filter(({ name }) => name === 'BudgetExceeded');
    expect(spent).toEqual([
      {
        name: 'BudgetExceeded',
        endpoint: 'e',
        amount: 1,
        period: 'month',
        in: '2026-11',
        spent: expect.closeTo(ONE, 9),
      },
    ]);
    const [query] = db.commandCalls(QueryCommand).filter(({ args }) => {
      const { IndexName, ExpressionAttributeValues } = args[0].input;
      return !IndexName && !ExpressionAttributeValues?.[':from'].startsWith('H');
    });
    expect(query?.args[0].input.ExpressionAttributeValues).toMatchObject({
      ':from': '2026-11-01T00:00Z',
    });
    const metrics = cloudwatch.commandCalls(PutMetricDataCommand).map(({ args }) => args[0].input);
    expect(metrics).toHaveLength(2);
    expect(metrics[0]?.MetricData?.[0]).toMatchObject({
      MetricName: 'BudgetUsed',
      Value: expect.closeTo(ONE, 9),
    });
    await check(new Date('2026-12-01T00:30:00Z'));
    expect(
      events()
        .filter(({ name }) => name === 'BudgetExceeded')
        .map((e) => e.in),
    ).toEqual([...['2026-11', '2026-12']]);
  });

  it('that holds is noted, and asks for nobody', async () => {
    traffic['TRAFFIC#e'] = [item('m')];
    await put(100, 'day');
    await check();
    const { body } = await invoke(api, { path });
    expect(body).toMatchObject({ checkedAt: now.toISOString(), exceeded: null, revision: 1 });
    expect(body.spent).toBeCloseTo(ONE, 9);
    expect(events().map(({ name }) => name)).toEqual(['BudgetUpdated']);
  });

  it('goes with its endpoint, and one that cannot be checked holds up no other', async () => {
    await put(5);
    const other = { ...(records['BUDGET#e'] as object), endpoint: 'gone' };
    records['ENDPOINT#gone'] = { deleted: true };
    records['BUDGET#gone'] = other;
    traffic['TRAFFIC#e'] = [{ ...item('m'), summary: 'broken' }];
    indexed.BUDGETS = [records['BUDGET#e'] as object, other];
    await expect(checkBudgets(now)).rejects.toThrow('1 budgets');
    expect(records['BUDGET#gone']).toBeUndefined();
    expect(events().at(-1)).toEqual({ name: 'BudgetRemoved', endpoint: 'gone' });
  });
});
