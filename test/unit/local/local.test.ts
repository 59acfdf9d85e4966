import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { digestTemplates, localApiUrl } from '../../../local/deploy.ts';
import { largestDifference } from '../../../local/examples.ts';
import { isRecentPython } from '../../../local/python.ts';
import { placeOf } from '../../../local/settings.ts';

describe('the local AWS', () => {
  it.each([
    ['Python 3.10.0', true],
    ['Python 3.9.18', false],
    ['Python 2.7.18', false],
    ['Python 4.0.1', true],
    ['', false],
  ])('takes %j: %j', (version, recent) => {
    expect(isRecentPython(version)).toBe(recent);
  });

  it('keeps the tests away from the data of the user', () => {
    const [own, tests] = [placeOf('local', {}), placeOf('e2e', {})];
    expect(own.port).not.toBe(tests.port);
    expect(own.folder).not.toBe(tests.folder);
    expect(placeOf('local', { SKIFF_PORT: '5000' }).endpoint).toBe('http://127.0.0.1:5000');
  });

  it('uses the emulator that the user names', () => {
    const place = placeOf('local', { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' });
    expect([place.external, place.endpoint]).toEqual([true, 'http://127.0.0.1:9']);
  });

  it('finds the API under the address of the emulator', () => {
    const place = { endpoint: 'http://127.0.0.1:4566' };
    expect(localApiUrl(place, 'https://abc123.execute-api.us-east-1.amazonaws.com')).toBe(
      'http://127.0.0.1:4566/_aws/execute-api/abc123/$default',
    );
  });

  it('notices when templates change, and nothing else', () => {
    const folder = mkdtempSync(join(tmpdir(), 'skiff-digest-'));
    const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
    write('A.template.json', '1');
    const first = digestTemplates(folder);
    write('tree.json', 'x');
    expect(digestTemplates(folder)).toBe(first);
    write('A.template.json', '2');
    expect(digestTemplates(folder)).not.toBe(first);
    rmSync(folder, { recursive: true });
  });
});

describe('largestDifference', () => {
  it('is absolute for numbers and infinite for other labels or missing outputs', () => {
    const served = [
      { name: 'p', data: [0.5, 0.25] },
      { name: 'l', data: ['a'] },
    ];
    expect(largestDifference(served, { p: [0.5, 0.5] })).toBe(0.25);
    expect(largestDifference(served, { l: ['b'] })).toBe(Number.POSITIVE_INFINITY);
    expect(largestDifference(served, { q: [1] })).toBe(Number.POSITIVE_INFINITY);
  });
});
