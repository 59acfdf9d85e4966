import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ulid } from 'ulid';
import { logger } from '#shared/observability.ts';
import { handler } from '../../../functions/feedback/handlers/api.ts';
import { readFeedback } from '../../../functions/feedback/store.ts';
import { fakeTable } from '../../helpers/fake-table.ts';
import { type Call, invoke } from '../../helpers/invoke.ts';

const DAY = 86_400_000;
const table = fakeTable();
const revision = (name: string, variants: string[]) => ({
  ...{ pk: `ENDPOINT#${name}`, sk: 'REVISION#000000002', name, description: '', revision: 2 },
  variants: variants.map((variant) => ({ name: variant, model: 'm', version: 1, weight: 50 })),
  ...{ createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.000Z' },
  updatedBy: 'a',
});
beforeEach(() => {
  table.items.clear();
  table.put(revision('fraud.eu', ['a', 'b']));
});

const idOf = (at = Date.now(), rest = '.fraud.eu.2.a') => ulid(at) + rest;
const send = async (items: unknown[], more: Call = {}) =>
  (await invoke(handler, { method: 'POST', path: '/api/v1/feedback', body: { items }, ...more }))
    .body;
const one = async (item: object) => (await send([item])).items[0];
const kept = () => [...table.items.values()].filter(({ pk }) => pk.startsWith('FEEDBACK#'));
const list = (query: Record<string, string>) =>
  invoke(handler, { path: '/api/v1/endpoints/fraud.eu/feedback', query });

describe('feedback', () => {
  it('is taken once, however often it is sent, by id with row or row beside it', async () => {
    const predictionId = idOf();
    expect(await one({ predictionId: `${predictionId}:3`, label: 'yes' })).toEqual({
      ...{ predictionId, row: 3, result: 'accepted' },
    });
    expect((await one({ predictionId, row: 3, label: 'yes' })).result).toBe('duplicate');
    expect((await one({ predictionId, row: 4, label: 'yes' })).result).toBe('accepted');
    expect(kept()).toHaveLength(2);
    expect(kept()[0]).toMatchObject({
      revision: 2,
      variant: 'a',
      label: 'yes',
      receivedFrom: 'tester',
    });
  });

  it('says something else only as a correction, and keeps what was said before', async () => {
    const predictionId = idOf();
    await one({ predictionId, label: 'yes' });
    expect(await one({ predictionId, label: 'no' })).toMatchObject({
      result: 'refused',
      code: 'conflict',
    });
    expect((await one({ predictionId, label: 'no', correct: true })).result).toBe('replaced');
    expect((await one({ predictionId, label: 'no', correct: true })).result).toBe('duplicate');
    expect(kept()).toMatchObject([
      { label: 'no', corrections: [{ label: 'yes', receivedFrom: 'tester' }] },
    ]);
  });

  it('takes items about one prediction in their order', async () => {
    const predictionId = idOf();
    const answer = await send([
      { predictionId, value: 1 },
      { predictionId, value: 1 },
      { predictionId, value: 2, correct: true },
      { predictionId, value: 1 },
    ]);
    expect(answer.items.map(({ result }: { result: string }) => result)).toEqual([
      ...['accepted', 'duplicate', 'replaced', 'refused'],
    ]);
    expect(answer).toMatchObject({ accepted: 1, duplicate: 1, replaced: 1, refused: 1 });
  });

  it('of a correction that loses a race is refused, not lost', async () => {
    const predictionId = idOf();
    await one({ predictionId, label: 1 });
    const results = await Promise.all(
      [2, 3, 4].map((label) => one({ predictionId, label, correct: true })),
    );
    const won = results.filter(({ result }) => result === 'replaced');
    expect(won.length).toBeGreaterThanOrEqual(1);
    expect(results.filter(({ code }) => code === 'conflict').length).toBe(3 - won.length);
    expect(kept()[0]?.corrections).toHaveLength(won.length);
  });

  it('is refused item by item, with the reason', async () => {
    const far = { models: '', endpoints: 'other' };
    const answer = await send([
      { predictionId: 'nonsense', label: 1 },
      { predictionId: idOf(Date.now() + DAY), label: 1 },
      { predictionId: idOf(Date.now() - 401 * DAY), label: 1 },
      { predictionId: idOf(Date.now(), '.fraud.eu.2.c'), label: 1 },
      { predictionId: idOf(Date.now(), '.fraud.eu.9.a'), label: 1 },
      { predictionId: `${idOf()}:1`, row: 2, label: 1 },
      { predictionId: idOf(Date.now() - 399 * DAY), label: 1 },
    ]);
    expect(answer.items.map(({ code }: { code?: string }) => code)).toEqual([
      ...['invalid', 'invalid', 'invalid', 'not-found', 'not-found', 'invalid', undefined],
    ]);
    const limited = await send([{ predictionId: idOf(), label: 1 }], { limits: far });
    expect(limited.items[0]).toMatchObject({ result: 'refused', code: 'forbidden' });
    expect(kept()).toHaveLength(1);
  });

  it('that the table did not take can be sent again; the others were taken', async () => {
    const error = jest.spyOn(logger, 'error').mockReturnValue();
    table.failPuts(1);
    const items = [1, 2].map((row) => ({ predictionId: idOf(), row, value: row }));
    const first = await send(items);
    expect(
      first.items.filter(({ code }: { code?: string }) => code === 'unavailable'),
    ).toHaveLength(1);
    expect(error).toHaveBeenCalledTimes(1);
    error.mockRestore();
  });

  it.each([
    [{ label: 'x'.repeat(257) }],
    [{ value: 1e13 }],
    [{}],
    [{ label: 'x', row: -1 }],
    [{ label: 'x', more: 1 }],
  ])('has bounds: %j', async (item) => {
    const call = { method: 'POST', path: '/api/v1/feedback' };
    const { status, body } = await invoke(handler, {
      ...call,
      body: { items: [{ predictionId: idOf(), ...item }] },
    });
    expect([status, body.errors[0].field.startsWith('items[0].')]).toEqual([400, true]);
    const many = Array.from({ length: 1001 }, () => ({ predictionId: idOf(), label: 1 }));
    expect((await invoke(handler, { ...call, body: { items: many } })).status).toBe(400);
  });
});

describe('reading feedback', () => {
  const now = Date.now();
  const times = [3.2, 2.9, 2.1, 1.5, 0.2, 0.1].map((days) => now - Math.round(days * DAY));
  beforeEach(async () => {
    await send(
      times.flatMap((at) =>
        [0, 1].map((row) => ({ predictionId: idOf(at), row, value: at / 1e6 })),
      ),
    );
  });

  it('is by the time of the prediction, across days', async () => {
    const span = { endpoint: 'fraud.eu', from: times[1]!, to: times[4]! };
    const found = [];
    for await (const { at } of readFeedback(span)) found.push(Date.parse(at));
    expect(found).toEqual([1, 1, 2, 2, 3, 3].map((i) => times[i]));
  });

  it('pages through everything once', async () => {
    const from = new Date(now - 10 * DAY).toISOString();
    const seen: number[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const { body } = await list({ from, limit: '5', ...(cursor && { cursor }) });
      seen.push(...body.items.map(({ value }: { value: number }) => value));
      cursor = body.nextCursor;
      pages++;
    } while (cursor && pages < 9);
    expect(pages).toBe(3);
    expect(seen).toEqual(times.flatMap((at) => [at / 1e6, at / 1e6]));
  });

  it('has bounds', async () => {
    expect((await list({ from: '2020-01-01T00:00:00Z' })).status).toBe(400);
    expect((await list({ from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' })).status).toBe(
      400,
    );
    expect((await list({ cursor: 'bm9uc2Vuc2U' })).status).toBe(400);
  });
});
