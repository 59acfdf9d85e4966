import * as crypto from 'node:crypto';
import { expect, it, jest } from '@jest/globals';

/** What was compared, by the one function of Node whose time tells nothing of what it compares. */
const compared: [Uint8Array, Uint8Array][] = [];
jest.unstable_mockModule('node:crypto', () => ({
  ...crypto,
  timingSafeEqual: (a: Uint8Array, b: Uint8Array) => {
    compared.push([a, b]);
    return crypto.timingSafeEqual(a, b);
  },
}));
const { mintToken, parseToken, proves } = await import('../../../functions/access/tokens.ts');

it('compares whole digests of secrets in a time that tells nothing, and nothing else of them', () => {
  const { token, record } = mintToken({ name: 'a', scopes: ['read'] }, 'admin');
  const secret = parseToken(token)?.secret as string;
  for (const given of [secret, `${'A'.repeat(42)}B`, '', secret.slice(0, -1)]) {
    compared.length = 0;
    expect(proves(given, record)).toBe(given === secret);
    expect(compared.map((pair) => pair.map(({ length }) => length))).toEqual([[32, 32]]);
  }
});
