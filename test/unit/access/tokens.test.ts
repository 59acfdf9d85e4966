import { describe, expect, it } from '@jest/globals';
import { NewToken } from '../../../functions/access/schema.ts';
import {
  describeToken,
  mintToken,
  parseToken,
  proves,
  statusOf,
} from '../../../functions/access/tokens.ts';

const wanted = NewToken.parse({ name: 'alice', scopes: ['read', 'predict'] });
const now = new Date('2026-11-25T09:00:00.000Z');
const mint = (more: object = {}) => mintToken({ ...wanted, ...more }, 'admin', now);

describe('API tokens', () => {
  it('prove the record that they were made with', () => {
    const { token, record } = mint();
    const presented = parseToken(token);
    expect(presented?.id).toBe(record.id);
    expect(proves(presented?.secret ?? '', record)).toBe(true);
    expect(record).toMatchObject({ ...wanted, createdBy: 'admin', createdAt: now.toISOString() });
  });

  it('are stored only as a salted hash, and told of without it', () => {
    const { token, record } = mint();
    const secret = parseToken(token)?.secret as string;
    expect(JSON.stringify(record)).not.toContain(secret);
    expect(mint().record.hash).not.toBe(record.hash);
    const told = describeToken(record, now);
    expect(token.startsWith(`${told.prefix}_`)).toBe(true);
    expect(JSON.stringify(told)).not.toMatch(new RegExp(`${record.hash}|${record.salt}|${secret}`));
  });

  it('do not open another record, nor with one character changed', () => {
    const { token, record } = mint();
    const secret = parseToken(token)?.secret as string;
    expect(proves(secret, mint().record)).toBe(false);
    for (let i = 0; i < secret.length; i++) {
      const other = secret[i] === 'A' ? 'B' : 'A';
      expect(proves(secret.slice(0, i) + other + secret.slice(i + 1), record)).toBe(false);
    }
  });

  it('end at their time, and when they are revoked', () => {
    const { record } = mint({ expires: '2026-11-25T10:00:00Z' });
    const at = (time: string) => new Date(`2026-11-25T${time}Z`);
    expect(statusOf(record, at('09:59:59'))).toBe('active');
    expect(statusOf(record, at('10:00:00'))).toBe('expired');
    const revoked = { ...record, revokedAt: now.toISOString() };
    expect(statusOf(revoked, at('09:59:59'))).toBe('revoked');
    expect(statusOf(mint().record, new Date('2199-01-01'))).toBe('active');
  });

  it.each([
    '',
    'x',
    'skiff_01_short',
    `skiff_${'0'.repeat(26)}_${'a'.repeat(42)}`,
    `skiff_${'0'.repeat(26)}_${'a'.repeat(44)}`,
    `skiff_${'U'.repeat(26)}_${'a'.repeat(43)}`,
    ` skiff_${'0'.repeat(26)}_${'a'.repeat(43)}`,
    `skiff_${'0'.repeat(26)}_${'a'.repeat(43)}\n`,
  ])('are not found in %j', (text) => {
    expect(parseToken(text)).toBeUndefined();
  });
});

describe('a wanted token', () => {
  it.each([
    ['a name with a colon, which is for callers from elsewhere', { name: 'corp:alice' }],
    ['a name with a line break', { name: 'a\nb' }],
    ['no scope', { scopes: [] }],
    ['an unknown scope', { scopes: ['root'] }],
    ['a pattern with a star inside', { endpoints: ['a*b'] }],
    ['a pattern with a slash', { models: ['a/b'] }],
    ['a workspace that no path can name', { workspaces: ['Team_A'] }],
    ['an administrator with limits', { scopes: ['admin'], models: ['a'] }],
    ['an administrator of some workspaces', { scopes: ['admin'], workspaces: ['a'] }],
    ['too many names', { models: Array(51).fill('a') }],
    ['a day without a time', { expires: '2027-01-01' }],
    ['a field that is none', { secret: 'mine' }],
  ])('is refused for %s', (_, spoiled) => {
    expect(NewToken.safeParse({ ...wanted, ...spoiled }).success).toBe(false);
  });

  it('may be limited to names, to beginnings of names, and to nothing', () => {
    const workspaces = ['team-a', 'team-*', '*'];
    const limits = { models: ['fraud', 'Team A-*', '*'], endpoints: [], workspaces };
    expect(NewToken.parse({ ...wanted, ...limits })).toMatchObject(limits);
  });
});
