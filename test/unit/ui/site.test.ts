import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HttpEvent } from '#shared/http.ts';
import sample from '../../../events/ui/site.json' with { type: 'json' };
import { answerFor } from '../../../functions/ui/answer.ts';
import { packSite } from '../../../functions/ui/pack.ts';
import { readSite, type Site } from '../../../functions/ui/site.ts';
import { httpEvent } from '../../helpers/invoke.ts';

const folder = mkdtempSync(join(tmpdir(), 'skiff-site-'));
const INDEX = `<!doctype html><title>Skiff</title>${'<p>again</p>'.repeat(50)}`;
const SCRIPT = `export const words = [${'"again", '.repeat(200)}];`;
/** What no packing makes smaller. */
const DOT = Buffer.from([0x89, 0x50]);
let site: Site;

beforeAll(() => {
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), INDEX);
  writeFileSync(join(folder, 'assets/app-7QK2A5XB.js'), SCRIPT);
  writeFileSync(join(folder, 'assets/icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(folder, 'assets/dot.png'), DOT);
  packSite(folder);
  site = readSite(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

function get(proxy: string | undefined, headers: Record<string, string> = {}) {
  const path = proxy === undefined ? '/ui' : `/ui/${proxy}`;
  const event = httpEvent({ path, headers, scopes: null });
  const parameters = proxy ? { pathParameters: { proxy } } : {};
  const answer = answerFor(site, { ...event, ...parameters } as HttpEvent);
  return { ...answer, bytes: Buffer.from(answer.body ?? '', 'base64') };
}

const APP = 'assets/app-7QK2A5XB.js';

describe('the site', () => {
  it('answers the page, which is asked for anew each time', () => {
    const { statusCode, headers, bytes } = get(undefined);
    expect(statusCode).toBe(200);
    expect(bytes.toString()).toBe(INDEX);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
    });
  });

  it('lets files be kept for ever whose name says what they hold, and no others', () => {
    expect(get(APP).headers?.['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(get('assets/icon.svg').headers?.['cache-control']).toBe('no-cache');
  });

  it('says that nothing has changed to who has it already', () => {
    const etag = String(get(undefined).headers?.etag);
    const again = get(undefined, { 'if-none-match': `"other", ${etag}` });
    expect(again).toMatchObject({
      statusCode: 304,
      headers: { etag, 'cache-control': 'no-cache' },
    });
    expect(again.body).toBeUndefined();
    expect(get(undefined, { 'if-none-match': '"other"' }).statusCode).toBe(200);
  });

  it.each([
    ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
    ['br;q=0, gzip;q=0.5', 'gzip', gunzipSync],
    ['GZIP ; q=1', 'gzip', gunzipSync],
  ])('packs for %j as %s', (accepted, encoding, unpack) => {
    const { headers, bytes } = get(APP, { 'accept-encoding': accepted });
    expect(headers).toMatchObject({ 'content-encoding': encoding, vary: 'accept-encoding' });
    expect(bytes.length).toBeLessThan(SCRIPT.length / 5);
    expect(unpack(bytes).toString()).toBe(SCRIPT);
  });

  it.each([undefined, 'identity', 'br;q=0, gzip;q=0.0'])('packs nothing for %j', (accepted) => {
    const { headers, bytes } = get(
      APP,
      accepted === undefined ? {} : { 'accept-encoding': accepted },
    );
    expect(headers).not.toHaveProperty('content-encoding');
    expect(bytes.toString()).toBe(SCRIPT);
  });

  it('packs nothing that would not become smaller', () => {
    const { headers, bytes } = get('assets/dot.png', { 'accept-encoding': 'br' });
    expect(headers).not.toHaveProperty('content-encoding');
    expect(bytes).toEqual(DOT);
  });

  it.each(['nothing.js', 'assets', '../index.html', 'index.html.br', '__proto__', '%2e%2e/x'])(
    'has nothing at %s',
    (path) => {
      const { statusCode, body } = get(path);
      expect(statusCode).toBe(404);
      expect(JSON.parse(body as string)).toMatchObject({ type: 'urn:skiff:problem:not-found' });
    },
  );

  it('leads from below its folder to itself', () => {
    expect(get('')).toMatchObject({ statusCode: 308, headers: { location: '../ui' } });
  });

  it('lets its files run and call their own host, and nobody frame them', () => {
    const policy = String(get(undefined).headers?.['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self'; ");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(get(APP).headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
  });

  it('knows the path of the sample event', () => {
    expect(answerFor(site, sample as unknown as HttpEvent).statusCode).toBe(200);
  });
});
