import { DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { callerOf } from '#shared/caller.ts';
import { logger } from '#shared/observability.ts';
import sample from '../../../events/access/authorize.json' with { type: 'json' };
import { handler } from '../../../functions/access/handlers/authorize.ts';
import { NewToken, type TokenRecord } from '../../../functions/access/schema.ts';
import { mintToken } from '../../../functions/access/tokens.ts';

process.env.TABLE_NAME = 'table';
const table = mockClient(DynamoDBDocumentClient);
const MINUTE = 60_000;
const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
const mint = (more: object = {}) =>
  mintToken(NewToken.parse({ name: 'ci', scopes: ['deploy', 'read'], ...more }), 'admin');
const holds = (record?: TokenRecord) =>
  table
    .on(GetCommand)
    .resolves(record ? { Item: { pk: 'TOKEN#x', sk: 'CURRENT', ...record } } : {});
const present = (authorization: string | undefined) =>
  handler({
    ...sample,
    headers: authorization === undefined ? {} : { authorization },
  } as unknown as Parameters<typeof handler>[0]);
const noted = () => table.commandCalls(UpdateCommand).map(({ args }) => args[0].input);

let warned: ReturnType<typeof jest.spyOn>;
beforeEach(() => {
  table.reset();
  table.on(UpdateCommand).resolves({});
  warned = jest.spyOn(logger, 'warn').mockReset().mockReturnValue() as never;
});

describe('the authoriser', () => {
  it('names the caller of a token, with scopes, limits and end', async () => {
    const expires = new Date(Date.now() + MINUTE).toISOString();
    const { token, record } = mint({ models: ['Team A-*', 'b'], endpoints: ['live'], expires });
    holds(record);
    const { isAuthorized, context } = await present(`Bearer ${token}`);
    expect(isAuthorized).toBe(true);
    expect(callerOf(context, Date.now())).toEqual({
      actor: 'ci',
      scopes: ['deploy', 'read'],
      limits: { models: ['Team A-*', 'b'], endpoints: ['live'], workspaces: [] },
    });
    // The functions see the end themselves, whatever API Gateway has kept.
    expect(() => callerOf(context, Date.now() + 2 * MINUTE)).toThrow('expired');
    expect(Object.values(context).every((value) => typeof value === 'string')).toBe(true);
  });

  it('gives the workspaces of one that is limited to some, and nothing else', async () => {
    const { token, record } = mint({ workspaces: ['team-a', 'team-b-*'] });
    holds(record);
    const { context } = await present(`Bearer ${token}`);
    expect(callerOf(context, Date.now())).toMatchObject({
      limits: { models: [], endpoints: [], workspaces: ['team-a', 'team-b-*'] },
    });
  });

  it('takes it as the password of basic authentication too, whoever the user', async () => {
    const { token, record } = mint();
    holds(record);
    const basic = Buffer.from(`anyone:${token}`).toString('base64');
    const { context } = await present(`Basic ${basic}`);
    expect(callerOf(context, Date.now())).toEqual({ actor: 'ci', scopes: ['deploy', 'read'] });
  });

  it('gives no limits to a token that has none', async () => {
    const { token, record } = mint();
    holds(record);
    const { context } = await present(`bearer ${token}`);
    expect(callerOf(context, Date.now())).toEqual({ actor: 'ci', scopes: ['deploy', 'read'] });
  });

  it.each([
    ['unknown', {}, undefined],
    ['expired', { expires: ago(1) }, {}],
    ['revoked', {}, { revokedAt: ago(1) }],
  ])('says why there is nobody: %s', async (refused, wanted, stored) => {
    const { token, record } = mint(wanted);
    holds(stored && { ...record, ...stored });
    expect(await present(`Bearer ${token}`)).toEqual({ isAuthorized: true, context: { refused } });
    expect(warned).toHaveBeenCalledTimes(1);
    expect(JSON.stringify(warned.mock.calls)).not.toContain(token.slice(-43));
  });

  it('does not take one token for another', async () => {
    holds(mint().record);
    expect((await present(`Bearer ${mint().token}`)).context).toEqual({ refused: 'unknown' });
  });

  it.each([
    ['no header', undefined],
    ['an empty one', ''],
    ['another scheme', `Basic ${mint().token}`],
    ['no password', `Basic ${Buffer.from(mint().token).toString('base64')}`],
    ['no scheme', mint().token],
    ['two tokens', `Bearer ${mint().token} ${mint().token}`],
    ['a long one', `Bearer ${'x'.repeat(1_000_000)}`],
    ['an injection', `Bearer skiff_${'0'.repeat(26)}_"}{$ne:1}${'a'.repeat(32)}`],
  ])('asks no storage about %s', async (_, header) => {
    expect((await present(header)).context).toEqual({ refused: 'malformed' });
    expect(table.commandCalls(GetCommand)).toHaveLength(0);
  });

  it('fails where storage does, so that no answer is kept', async () => {
    table.on(GetCommand).rejects(new Error('no connection'));
    await expect(present(`Bearer ${mint().token}`)).rejects.toThrow('no connection');
  });
});

describe('the last use of a token', () => {
  it.each([
    ['never noted', undefined, 1],
    ['noted a while ago', ago(6 * MINUTE), 1],
    ['noted just now', ago(4 * MINUTE), 0],
  ])('%s', async (_, lastUsedAt, writes) => {
    const { token, record } = mint();
    holds(lastUsedAt === undefined ? record : { ...record, lastUsedAt });
    await present(`Bearer ${token}`);
    expect(noted()).toHaveLength(writes);
  });

  it('is written under a condition, and touches nothing else', async () => {
    const { token, record } = mint();
    holds(record);
    await present(`Bearer ${token}`);
    expect(noted()[0]).toMatchObject({
      UpdateExpression: 'SET lastUsedAt = :now',
      ConditionExpression: expect.stringContaining('lastUsedAt <= :before'),
    });
    expect(noted()[0]).not.toHaveProperty('ReturnValues');
  });

  it('is not waited for, and harms nobody where it fails', async () => {
    const { token, record } = mint();
    holds(record);
    let end: (value: object) => void = () => {};
    table.on(UpdateCommand).callsFake(() => new Promise((resolve) => (end = resolve)));
    expect((await present(`Bearer ${token}`)).context).toHaveProperty('actor');
    end({});
    table.on(UpdateCommand).rejects(new Error('throttled'));
    expect((await present(`Bearer ${token}`)).context).toHaveProperty('actor');
    await new Promise(setImmediate);
    expect(warned).toHaveBeenCalledTimes(1);
  });

  it('is not noted for whoever is refused', async () => {
    const { token, record } = mint({ expires: ago(1) });
    holds(record);
    await present(`Bearer ${token}`);
    expect(noted()).toHaveLength(0);
  });
});
