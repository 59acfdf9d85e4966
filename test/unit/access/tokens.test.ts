import { describe, expect, it } from '@jest/globals';
import { TokenRecord } from '../../../functions/access/schema.ts';
import { mintToken, parseAuthorization, verify } from '../../../functions/access/tokens.ts';

const wanted = { name: 'alice', scopes: ['read', 'predict'] as ('read' | 'predict')[] };

describe('API tokens', () => {
  it('let their owner in, under the name and scopes that they were made with', () => {
    const { token, record } = mintToken(wanted);
    const presented = parseAuthorization(`Bearer ${token}`);
    expect(presented?.id).toBe(record.id);
    expect(verify(presented?.secret ?? '', record)).toEqual({
      actor: 'alice',
      scopes: wanted.scopes,
    });
  });

  it('are stored only as a salted hash', () => {
    const { token, record } = mintToken(wanted);
    const secret = parseAuthorization(`Bearer ${token}`)?.secret as string;
    expect(TokenRecord.parse(record)).toEqual(record);
    expect(JSON.stringify(record)).not.toContain(secret);
    expect(mintToken(wanted).record.hash).not.toBe(record.hash);
  });

  it('do not open another record, nor with one character changed', () => {
    const { token, record } = mintToken(wanted);
    const secret = parseAuthorization(`Bearer ${token}`)?.secret as string;
    expect(verify(secret, mintToken(wanted).record)).toBeUndefined();
    const changed = (secret[0] === 'A' ? 'B' : 'A') + secret.slice(1);
    expect(verify(changed, record)).toBeUndefined();
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer x',
    'Basic abc',
    'Bearer skiff_01_short',
    `skiff_${'0'.repeat(26)}_${'a'.repeat(43)}`,
  ])('are not found in %j', (header) => {
    expect(parseAuthorization(header)).toBeUndefined();
  });
});
