import { beforeEach, describe, expect, it } from '@jest/globals';
import { handler } from '../../../functions/webhooks/handlers/api.ts';
import { fakeTable } from '../../helpers/fake-table.ts';
import { invoke } from '../../helpers/invoke.ts';

Object.assign(process.env, { DELIVER_WEBHOOK_FUNCTION: 'deliver' });
const table = fakeTable();
beforeEach(() => table.items.clear());

const path = '/api/v1/webhooks';
const url = 'https://hooks.example.com/services/very-secret';
const make = (body: object = {}, headers: Record<string, string> = {}) =>
  invoke(handler, {
    ...{ method: 'POST', path, headers, body: { url, events: ['DriftDetected'], ...body } },
  });
const itemsOf = (prefix: string) =>
  [...table.items.values()].filter(({ pk }) => pk.startsWith(prefix));

describe('a webhook', () => {
  it('leaves its host in the audit log, and nothing else of its URL', async () => {
    const { status, body } = await make();
    expect(status).toBe(201);
    const gone = await invoke(handler, { method: 'DELETE', path: `${path}/${body.id}` });
    expect(gone.status).toBe(204);
    const entries = itemsOf('AUDIT');
    const subject = { webhook: body.id, host: 'hooks.example.com', events: ['DriftDetected'] };
    expect(entries).toMatchObject([{ after: subject }, { before: subject }]);
    expect(JSON.stringify(entries)).not.toContain('very-secret');
  });

  it('is made once for one idempotency key, its secret shown once', async () => {
    const key = { 'idempotency-key': 'k' };
    const { body } = await make({}, key);
    expect(body.secret).toMatch(/^whsec_/);
    const again = await make({}, key);
    expect([again.status, again.body.detail]).toEqual([409, expect.stringContaining(body.id)]);
    expect(JSON.stringify(again.body)).not.toContain(body.secret);
    expect((await make({ description: 'other' }, key)).status).toBe(422);
    expect(itemsOf('WEBHOOK#')).toHaveLength(1);
    expect(itemsOf('WEBHOOK_SECRET#')).toHaveLength(1);
  });
});
