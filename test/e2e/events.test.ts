import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { catalogue, type EventName } from '../../events/catalogue.ts';
import { readExample } from '../../local/examples.ts';
import { listen } from '../helpers/bus.ts';
import type { Queue } from '../helpers/queue.ts';
import { api, force, UNEXAMINED, unique, writeUnexaminedPolicy } from '../helpers/stack.ts';

const name = unique('announced');
let queue: Queue;
let end: () => Promise<void>;

beforeAll(async () => {
  await writeUnexaminedPolicy();
  ({ queue, end } = await listen({ $or: [{ model: [name] }, { endpoint: [name] }] }));
});
afterAll(() => end());

describe('the bus', () => {
  it('tells a consumer of every change, in order, as the catalogue says', async () => {
    const path = `/api/v1/models/${name}`;
    const base64 = Buffer.from(readExample('breast-cancer').artifact).toString('base64');
    await api.call('POST', '/api/v1/models', {
      body: { name, task: 'binary', policy: UNEXAMINED },
    });
    await api.call('POST', `${path}/versions`, { body: { artifact: { base64 } } });
    await api.call('PUT', `${path}/aliases/champion`, { body: { version: 1 } });
    const variants = [{ model: name, alias: 'champion' }];
    await api.call('PUT', `/api/v1/endpoints/${name}`, { body: { variants, force } });
    await api.request('DELETE', `/api/v1/endpoints/${name}`);

    const events = await queue.receive(5);
    expect(events.map((event) => event['detail-type'])).toEqual([
      'ModelRegistered',
      'ModelVersionRegistered',
      'AliasMoved',
      'EndpointUpdated',
      'EndpointDeleted',
    ]);
    for (const { source, detail, 'detail-type': type } of events) {
      expect(source).toBe('skiff');
      catalogue[type as EventName].strict().parse(detail);
      expect(detail.actor).toBe('local-admin');
    }
    expect(events[0].detail).toMatchObject({ model: name, task: 'binary' });
  });

  it('has each audit entry as one event, under the same id', async () => {
    const other = `${name}-2`;
    await api.call('POST', '/api/v1/models', { body: { name: other, task: 'binary' } });
    await api.call('PATCH', `/api/v1/models/${name}`, { body: { description: 'changed' } });
    const [event, ...more] = await queue.receive(2, 6);
    const resource = encodeURIComponent(`model/${name}`);
    const { items } = await api.call('GET', `/api/v1/audit?resource=${resource}&limit=1`);
    expect(event.detail.id).toBe(items[0].id);
    expect(more).toEqual([]);
  });
});
