import { DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { TrafficTally } from '#core/traffic/summary.ts';
import { handler } from '../../../functions/traffic/handlers/api.ts';
import { TrafficFigures } from '../../../functions/traffic/schema.ts';
import { readTraffic } from '../../../functions/traffic/traffic.ts';
import { invoke } from '../../helpers/invoke.ts';

process.env.TABLE_NAME = 'table';
const db = mockClient(DynamoDBDocumentClient);

interface Made {
  readonly minute: string;
  readonly requests: number;
  readonly before?: number;
  readonly variant?: string;
  readonly version?: number;
  readonly revision?: number;
  readonly instance?: string;
  readonly shadow?: boolean;
}

/** An item of requests that took 1, 2, 3 … milliseconds and failed in every fifth. */
function item(made: Made) {
  const { minute, requests, before = 0, variant = 'a', version = 1, revision = 1 } = made;
  const tally = new TrafficTally();
  for (let i = 1; i <= requests; i++) {
    const status = i % 5 === 0 ? 503 : 200;
    tally.addRequest({ status, rows: 2, latencyMs: i });
    if (status === 200) tally.outputs.addLabels('label', ['yes', 'no']);
  }
  const instance = made.instance ?? 'i';
  return {
    ...{ minute, variant, model: 'm', version, revision, instance, before },
    ...(made.shadow && { shadow: true }),
    ...{ sk: `${minute}#${variant}#${revision}#${instance}`, summary: JSON.stringify(tally) },
  };
}

const MINUTE = '2026-11-25T21:15Z';
const NEXT = '2026-11-25T21:16Z';
const from = Date.parse('2026-11-25T21:15Z');
const to = Date.parse('2026-11-25T21:20Z');
const items = (...Items: object[]) => db.on(QueryCommand).resolves({ Items });

beforeEach(() => {
  db.reset();
  db.on(GetCommand).resolves({ Item: { pk: 'ENDPOINT#e' } });
});

describe('traffic', () => {
  it('is read from the summaries of whole minutes', async () => {
    items();
    await readTraffic('e', { from: from + 30_000, to: to + 1 });
    const { input } = db.commandCalls(QueryCommand)[0]?.args[0] ?? {};
    expect(input?.ExpressionAttributeValues).toEqual({
      ...{ ':pk': 'TRAFFIC#e', ':from': '2026-11-25T21:15Z', ':to': '2026-11-25T21:21Z' },
    });
  });

  it('is merged over instances, minutes and revisions, by variant and version', async () => {
    items(
      item({ minute: MINUTE, requests: 10 }),
      item({ minute: MINUTE, requests: 5, instance: 'j' }),
      item({ minute: NEXT, requests: 5, revision: 2 }),
      item({ minute: NEXT, requests: 3, version: 2, revision: 3 }),
      item({ minute: NEXT, requests: 2, variant: 'b' }),
    );
    const { variants } = await readTraffic('e', { from, to });
    expect(variants.map((v) => [v.variant, v.version, v.revisions, v.summary.requests])).toEqual([
      ['a', 1, [1, 2], 20],
      ['a', 2, [3], 3],
      ['b', 1, [1], 2],
    ]);
    expect(variants[0]?.summary).toMatchObject({ serverErrors: 4, rows: 32 });
  });

  it('tells how many requests are missing where an instance’s numbers do not follow', async () => {
    items(
      item({ minute: MINUTE, requests: 10, before: 100 }),
      item({ minute: MINUTE, requests: 4, before: 0, instance: 'j' }),
      item({ minute: NEXT, requests: 5, before: 117 }),
      item({ minute: NEXT, requests: 5, before: 4, instance: 'j' }),
    );
    expect((await readTraffic('e', { from, to })).missing).toBe(7);
  });
});

describe('GET …/traffic', () => {
  const path = '/api/v1/endpoints/e/traffic';
  const query = { from: '2026-11-25T21:15:00Z', to: '2026-11-25T21:20:00Z' };

  it('answers figures by variant and by step, of those that answered callers', async () => {
    items(
      item({ minute: MINUTE, requests: 10 }),
      item({ minute: NEXT, requests: 4, before: 10 }),
      item({ minute: NEXT, requests: 4, variant: 'shadow:s', shadow: true }),
    );
    const { status, body } = await invoke(handler, { path, query: { ...query, step: '60' } });
    expect(status).toBe(200);
    expect(TrafficFigures.parse(body)).toEqual(body);
    expect(body.variants).toHaveLength(1);
    expect(body.variants[0]).toMatchObject({
      ...{ requests: 14, rows: 24, clientErrors: 0, serverErrors: 2 },
      latency: { count: 12, p50: 3, p99: 9 },
    });
    expect(body.variants[0].outputs[0].counts).toEqual([
      { label: 'no', count: 12 },
      { label: 'yes', count: 12 },
    ]);
    expect(body.steps.map((s: any) => [s.at, s.variants[0].requests])).toEqual([
      ['2026-11-25T21:15:00.000Z', 10],
      ['2026-11-25T21:16:00.000Z', 4],
    ]);
  });

  it.each([
    [{ ...query, to: query.from }, 'must be before'],
    [{ ...query, from: '2025-01-01T00:00:00Z' }, '400 days'],
    [{ ...query, step: '90' }, 'step'],
    [{ from: '2026-11-20T21:15:00Z', to: query.to, step: '60' }, 'steps'],
    [{ from: 'yesterday' }, 'from'],
  ])('refuses %j and says why', async (wrong, why) => {
    const { status, body } = await invoke(handler, { path, query: wrong as never });
    expect([status, body.detail]).toEqual([400, expect.stringContaining(why)]);
  });

  it('knows no endpoint that never was', async () => {
    db.on(GetCommand).resolves({});
    expect((await invoke(handler, { path })).status).toBe(404);
  });
});
