import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Cloud, UploadOutcome } from '../../../../functions/inference/edge/cloud.ts';
import { Spool } from '../../../../functions/inference/edge/spool.ts';
import { Uploader } from '../../../../functions/inference/edge/uploader.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skiff-spool-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const all = { maxItems: 100, maxBytes: 1e9, except: new Set<string>() };
const namesIn = (spool: Spool) => spool.next(all).map(({ name }) => name);
const item = (bytes: number) => ({ text: 'x'.repeat(bytes) });

describe('a spool', () => {
  it('gives up captures before counts, be they the newest', () => {
    const spool = new Spool(folder, 1_000);
    for (const id of ['a', 'b', 'c']) spool.put('summary', id, item(250));
    spool.put('capture', 'd', item(400));
    expect(namesIn(spool)).toEqual(['summary-a.json', 'summary-b.json', 'summary-c.json']);
    expect(spool.dropped).toBe(1);
    expect(spool.bytes).toBeLessThanOrEqual(1_000);
  });

  it('takes nothing that has no room alone, or that no request could carry, for all others', () => {
    const spool = new Spool(folder, 1_000);
    spool.put('summary', 'a', item(250));
    expect(spool.put('capture', 'b', item(1_000))).toBe(false);
    expect(namesIn(spool)).toEqual(['summary-a.json']);
    const large = new Spool(folder, 100e6);
    expect(large.put('profile', 'c', item(4_600_000))).toBe(false);
    expect(large.put('profile', 'd', item(4_400_000))).toBe(true);
    expect([large.dropped, large.size]).toEqual([1, 2]);
  });

  it('removes at its start what an earlier process did not finish to write', () => {
    new Spool(folder, 1_000).put('summary', 'a', item(10));
    writeFileSync(join(folder, 'spool', 'capture-b.json.part'), '{"te');
    const spool = new Spool(folder, 1_000);
    expect(readdirSync(join(folder, 'spool'))).toEqual(['summary-a.json']);
    expect(namesIn(spool)).toEqual(['summary-a.json']);
  });
});

describe('an uploader', () => {
  it('goes on with other items where one fails, and keeps that one for the next time', async () => {
    const spool = new Spool(folder, 1e6);
    const ids = Array.from({ length: 120 }, (_, i) => String(i).padStart(3, '0'));
    for (const id of ids) spool.put('capture', id, { id });
    const sent: string[] = [];
    const upload = async (texts: readonly string[]): Promise<UploadOutcome[]> =>
      texts.map((text) => {
        const { id } = JSON.parse(text);
        sent.push(id);
        return { id, result: id === '001' ? 'failed' : 'stored' };
      });
    const uploader = new Uploader(spool, { upload } as unknown as Cloud, () => {});
    await uploader.run();
    expect(sent).toEqual(ids);
    expect(namesIn(spool)).toEqual(['capture-001.json']);
    expect(uploader.counts).toMatchObject({ stored: 119, failed: 1 });
    await uploader.run();
    expect(sent.slice(120)).toEqual(['001']);
  });
});
