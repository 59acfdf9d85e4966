import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { DEFAULT_POLICY } from '../../../functions/validation/default-policy.ts';
import { getValidation, withChecks } from '../../../functions/validation/store.ts';

process.env.TABLE_NAME = 'table';
const table = mockClient(DynamoDBDocumentClient);
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3600 * 1000).toISOString();
const found = (more: object) => ({
  Item: {
    id: '01KB0000000000000000000001',
    model: 'm',
    version: 1,
    status: 'running',
    policy: { name: 'default', revision: 0, ...DEFAULT_POLICY },
    requestedBy: 'alice',
    createdAt: hoursAgo(0),
    ...more,
  },
});

beforeEach(() => {
  table.reset();
});

describe('an examination on record', () => {
  it('has failed once nobody can be working on it any more', async () => {
    table.on(GetCommand).resolves(found({ createdAt: hoursAgo(3.1) }));
    const read = await getValidation('m', 1, 'id');
    expect(read.status).toBe('failed');
    expect(read.reason).toContain('did not finish');
    table.on(GetCommand).resolves({});
    const { checks } = await withChecks(read);
    expect(checks.every((c) => c.status === 'failed' && c.reason?.includes('not finish'))).toBe(
      true,
    );
  });

  it.each([
    ['running', hoursAgo(2.9)],
    ['approved', hoursAgo(1000)],
  ])('stays %s otherwise', async (status, createdAt) => {
    table.on(GetCommand).resolves(found({ status, createdAt }));
    expect((await getValidation('m', 1, 'id')).status).toBe(status);
  });

  it('shows what was going on as cancelled once it is cancelled', async () => {
    table.on(GetCommand).resolves({ Item: { check: 'quality', status: 'running' } });
    const validation = { ...(found({ status: 'cancelled' }).Item as any) };
    const { checks } = await withChecks(validation);
    expect(new Set(checks.map((c) => c.status))).toEqual(new Set(['cancelled']));
  });
});
