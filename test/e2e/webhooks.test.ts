import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Receiver } from '../helpers/receiver.ts';
import { api, unique } from '../helpers/stack.ts';

const receiver = new Receiver();
let url: string;
beforeAll(async () => {
  url = await receiver.start();
});
afterEach(() => {
  receiver.received.splice(0);
});
afterAll(() => receiver.stop());

const webhook = (more: object) => api.call('POST', '/api/v1/webhooks', { body: { url, ...more } });

/** The newest delivery when it is no longer under way, or as it is after some time. */
async function settled(path: string): Promise<any> {
  for (let i = 0; ; i++) {
    const [newest] = (await api.call('GET', `${path}/deliveries`)).items;
    if ((newest && newest.status !== 'pending') || i === 120) return newest;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

describe('a webhook', () => {
  it('hears of what it asked for, signed with its secret, and of nothing else', async () => {
    const model = unique('heard');
    const made = await webhook({ events: ['ModelRegistered'], model });
    const path = `/api/v1/webhooks/${made.id}`;
    for (const name of [unique('other'), model]) {
      await api.call('POST', '/api/v1/models', { body: { name, task: 'binary' } });
    }
    await api.call('PATCH', `/api/v1/models/${model}`, { body: { description: 'changed' } });
    const delivery = await settled(path);
    expect(delivery).toMatchObject({ event: 'ModelRegistered', status: 'delivered', answer: 204 });
    expect(receiver.received).toHaveLength(1);
    const [{ headers, body } = { headers: {}, body: '' }] = receiver.received;
    expect(JSON.parse(body)).toMatchObject({ type: 'ModelRegistered', data: { model } });
    const { 'webhook-id': id, 'webhook-timestamp': timestamp } = headers;
    expect(id).toBe(delivery.id);
    const key = Buffer.from(made.secret.replace('whsec_', ''), 'base64');
    const digest = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${digest}`);
    expect(await api.call('GET', path)).not.toHaveProperty('secret');
    expect((await api.request('DELETE', path)).status).toBe(204);
    expect((await api.request('GET', path)).status).toBe(404);
  }, 120_000);

  it('is tried again while it fails, and is left alone when it is gone', async () => {
    const { id } = await webhook({ events: ['ModelRegistered'], model: unique('none') });
    const path = `/api/v1/webhooks/${id}`;
    receiver.answers = [503];
    expect(await api.call('POST', `${path}/deliveries`)).toMatchObject({ status: 'pending' });
    const delivery = await settled(path);
    expect(delivery).toMatchObject({ event: 'Ping', status: 'delivered', attempts: 2 });
    const [first, second] = receiver.received;
    expect(second?.body).toBe(first?.body);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    receiver.answers = [410];
    await api.call('POST', `${path}/deliveries/${delivery.id}/attempts`);
    expect(await settled(path)).toMatchObject({ status: 'failed', attempts: 3, answer: 410 });
    await api.request('DELETE', path);
  }, 120_000);
});
