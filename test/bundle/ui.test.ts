import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { buildUi } from '../../ui/build.ts';

const folder = mkdtempSync(join(tmpdir(), 'skiff-ui-'));
buildUi(folder);
const html = readFileSync(join(folder, 'index.html'), 'utf8');
const assets = readdirSync(join(folder, 'assets'));

describe('the application of /ui', () => {
  it('is less than 100 kB as it is sent', () => {
    const sent = assets.map((name) => gzipSync(readFileSync(join(folder, 'assets', name))).length);
    expect(sent.reduce((a, b) => a + b, gzipSync(html).length)).toBeLessThan(100_000);
  });

  it('names its script and its style by their content, and leads to both', () => {
    const named = assets.filter((name) => /^(app|style)-[A-Z0-9]{8}\.(js|css)$/.test(name));
    expect(named.length).toBe(2);
    for (const name of named) expect(html).toContain(`"ui/assets/${name}"`);
  });

  it('has nothing inline and nothing from other hosts, which its policy forbids', () => {
    expect(html).not.toMatch(/<style|style=|<script(?![^>]* src=)|https?:/);
    const style = assets.find((name) => name.endsWith('.css')) as string;
    expect(readFileSync(join(folder, 'assets', style), 'utf8')).not.toMatch(/url\(|@import/);
  });
});
