import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { checkUrl, isPublicAddress, publicLookup } from '../../../functions/webhooks/addresses.ts';

const file = join(import.meta.dirname, '../../references/addresses/expected.json');
const { addresses } = JSON.parse(readFileSync(file, 'utf8')) as { addresses: [string, string][] };

describe('an address', () => {
  it('is public only where the registries of the IANA say so', () => {
    const leaks = addresses.filter(([a, where]) => where === 'inside' && isPublicAddress(a));
    expect(leaks).toEqual([]);
  });

  it('is public where it is anybody’s', () => {
    // Ranges that are public in parts, or only in name, hold nobody's receiver.
    const odd = /^(192\.0\.0\.|192\.88\.99\.|2001:|2002:|3fff:)/;
    const global = addresses.filter(
      ([a, where]) => where === 'public' && !odd.test(a) && /^(\d+\.|[23]\w{3}:)/.test(a),
    );
    expect(global.length).toBeGreaterThan(150);
    expect(global.filter(([a]) => !isPublicAddress(a))).toEqual([]);
    for (const known of ['1.1.1.1', '93.184.216.34', '2606:4700:4700::1111', '2a00:1450::1']) {
      expect(isPublicAddress(known)).toBe(true);
    }
  });

  it('is none where it is a name', () => {
    expect(isPublicAddress('example.com')).toBe(false);
  });
});

describe('a URL', () => {
  it.each([
    'http://example.com/',
    'https://localhost/',
    'https://a.localhost./',
    'https://intranet/',
    'https://metadata.google.internal/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://017700000001/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[fd00:ec2::254]/',
    'https://user:secret@example.com/',
    'https://example.com/#fragment',
  ])('%s is refused', (url) => {
    expect(() => checkUrl(url, false)).toThrow('url');
  });

  it('is taken where it leads outside', () => {
    expect(checkUrl('https://example.com:8443/hook?x=1', false).port).toBe('8443');
    expect(checkUrl('https://1.1.1.1/', false).hostname).toBe('1.1.1.1');
  });

  it('may lead inside where the deployer allows it, but holds no password', () => {
    expect(checkUrl('http://127.0.0.1:9000/', true).port).toBe('9000');
    expect(() => checkUrl('http://a:b@127.0.0.1/', true)).toThrow('user name');
  });
});

describe('a connection', () => {
  it.each([{ all: true }, {}])(
    'is not made to a name that means the inside: %j',
    async (options) => {
      const error = await new Promise<Error | null>((resolve) => {
        publicLookup('localhost', options, (e) => resolve(e));
      });
      expect(error?.message).toContain('private address');
    },
  );
});
