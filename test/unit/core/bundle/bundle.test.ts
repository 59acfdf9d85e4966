import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openBundle } from '#core/bundle/manifest.ts';
import { readTar, tarHeader, tarSize } from '#core/bundle/tar.ts';
import { keyFromSecret } from '../../../../functions/bundles/signing-key.ts';
import { makeBundle, signedTar, TEST_KEY, tarOf } from '../../../helpers/bundle.ts';
import { echoModel } from '../../../helpers/tiny-model.ts';

const bytes = fc.uint8Array({ maxLength: 2_000 });
const name = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}(\/[a-z0-9][a-z0-9._-]{0,20}){0,2}$/);
const files = fc.uniqueArray(fc.tuple(name, bytes), { selector: ([n]) => n, maxLength: 6 });

describe('an archive', () => {
  it('gives back what was put in, and is as large as was said', () => {
    fc.assert(
      fc.property(files, (given) => {
        const tar = tarOf(given);
        expect(tar.length).toBe(tarSize(given.map(([, b]) => b.length)));
        const read = [...readTar(tar)].map(([n, b]) => [n, Buffer.from(b)]);
        expect(read).toEqual(given.map(([n, b]) => [n, Buffer.from(b)]));
      }),
    );
  });

  it('is one that tar itself unpacks', () => {
    const folder = mkdtempSync(join(tmpdir(), 'skiff-tar-'));
    writeFileSync(join(folder, 'a.tar'), tarOf([['one/a.txt', Buffer.from('hello')]]));
    execFileSync('tar', ['-xf', 'a.tar'], { cwd: folder });
    expect(readFileSync(join(folder, 'one/a.txt'), 'utf8')).toBe('hello');
    rmSync(folder, { recursive: true });
  });

  it.each(['../up', '/etc/passwd', 'a/../b', '', 'a//b', 'x'.repeat(101), '.hidden'])(
    'has no place for "%s"',
    (bad) => expect(() => tarHeader(bad, 0)).toThrow('has no place'),
  );

  it('that is cut off or damaged is refused or says what it said, and never crashes', () => {
    const whole = tarOf([['a', Buffer.alloc(700, 1)]]);
    expect(() => readTar(whole.subarray(0, 600))).toThrow('cut off');
    const damage = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(damage, ([at, by]) => {
        const other = Buffer.from(whole);
        other[at] = (other[at] as number) ^ by;
        try {
          readTar(other);
        } catch (error) {
          expect((error as Error).name).toBe('AppError');
        }
      }),
    );
  });
});

describe('a bundle', () => {
  const model = echoModel([{ name: 'x', datatype: 'FP32', shape: ['n'] }]);
  const bundle = makeBundle('e', model);
  const open = (archive: Uint8Array) => openBundle(archive, [TEST_KEY]);

  it('opens where all of it is as it was signed', () => {
    const { manifest, files: inside } = open(bundle);
    expect(manifest).toMatchObject({ endpoint: 'e', revision: 3 });
    expect([...inside.keys()].slice(0, 2)).toEqual([
      'endpoint.json',
      'variants/default/signature.json',
    ]);
  });

  it('does not open where any bit of its content is another', () => {
    const flips = fc.tuple(fc.nat(bundle.length - 1), fc.nat(7));
    const original = [...open(bundle).files].map(([n, b]) => [n, Buffer.from(b)]);
    fc.assert(
      fc.property(flips, ([at, bit]) => {
        const other = Buffer.from(bundle);
        other[at] = (other[at] as number) ^ (1 << bit);
        let read: unknown;
        try {
          read = [...open(other).files].map(([n, b]) => [n, Buffer.from(b)]);
        } catch (error) {
          return expect((error as Error).name).toBe('AppError');
        }
        // Padding means nothing; whatever means something is the same.
        expect(read).toEqual(original);
      }),
      { numRuns: 300 },
    );
  });

  it('does not open with another key, without a file, or with one more', () => {
    const { publicKey } = keyFromSecret('another');
    expect(() => openBundle(bundle, [publicKey])).toThrow('not trusted');
    const about = { name: 'e', revision: 1, updatedAt: '2026-11-24T00:00:00.000Z' };
    const signed = [...readTar(signedTar(about, [['a', Buffer.from('1')]]))];
    expect(() => open(tarOf(signed.slice(0, 2)))).toThrow('"a" is missing');
    expect(() => open(tarOf(signed.slice(1)))).toThrow('"manifest.json" is missing');
    expect(() => open(tarOf([...signed, ['b', Buffer.from('2')]]))).toThrow('not signed');
  });
});

describe('the signing key', () => {
  it('follows from its secret, and signs the same the same way', () => {
    const [one, again, other] = ['s', 's', 't'].map((secret) => keyFromSecret(secret));
    expect(one?.publicKey).toBe(again?.publicKey);
    expect(one?.sign(Buffer.from('m'))).toEqual(again?.sign(Buffer.from('m')));
    expect(one?.keyId).not.toBe(other?.keyId);
  });
});
