import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { parseHash } from '../../ui/lib/place.ts';
import { accessibilityFaults, DESK, openBrowser, PHONE } from '../helpers/browser.ts';
import { api, stack } from '../helpers/stack.ts';
import { makeSweep, openSignedIn, type Sweep } from '../helpers/sweep.ts';

const { apiUrl, token } = stack();
let browser: Browser;
let sweep: Sweep;

beforeAll(async () => {
  [browser, sweep] = await Promise.all([openBrowser(), makeSweep(5)]);
});
afterAll(() => browser?.close());

describe('a run', () => {
  it('shows what is logged while it is at work', async () => {
    const { page, complaints, close } = await openSignedIn(
      browser,
      `${sweep.home}/runs/${sweep.runs[3]}`,
    );
    await page.getByRole('row', { name: /val loss 1\.8 2/ }).waitFor();
    const chart = page.getByRole('slider', { name: /^val loss: 3 points drawn, the last 1\.8/ });
    await chart.focus();
    await page.keyboard.press('End');
    expect(await chart.getAttribute('aria-valuetext')).toBe('step 2: 1.8');
    const point = { key: 'val loss', value: 0.25, timestamp: 1_700_000_009_000, step: 3 };
    await api.call('POST', '/api/2.0/mlflow/runs/log-metric', {
      body: { run_id: sweep.runs[3], ...point },
    });
    await page.getByRole('slider', { name: /^val loss: 4 points drawn, the last 0\.25/ }).waitFor();
    await page.getByRole('row', { name: /val loss 0\.25 3/ }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('gives its files, folder by folder', async () => {
    const { run } = await api.call('GET', `/api/2.0/mlflow/runs/get?run_id=${sweep.runs[2]}`);
    const path = run.info.artifact_uri.replace(/^mlflow-artifacts:\/*([^/]+\.[^/]+\/)?/, '');
    const address = `${apiUrl}/api/2.0/mlflow-artifacts/artifacts/${path}/notes/read%20me.html`;
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/octet-stream',
    };
    const put = await fetch(address, { method: 'PUT', headers, body: '<h1>not a page</h1>' });
    expect(put.status).toBe(200);
    const { page, close } = await openSignedIn(browser, `${sweep.home}/runs/${sweep.runs[2]}`);
    await page.getByText('notes/').click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'read me.html' }).click(),
    ]);
    const parts: Buffer[] = [];
    for await (const part of await download.createReadStream()) parts.push(part as Buffer);
    expect(Buffer.concat(parts).toString()).toBe('<h1>not a page</h1>');
    expect(download.url()).not.toContain(token);
    await close();
  });
});

describe('runs that are compared', () => {
  it('are those that were chosen, with their differences', async () => {
    const { page, complaints, close } = await openSignedIn(
      browser,
      `${sweep.home}?filter=params.seed+%3D+'7'`,
    );
    for (const name of ['run-1', 'run-2']) {
      await page.getByRole('checkbox', { name: `Select ${name}` }).check();
    }
    await page.getByRole('link', { name: 'Compare 2 runs' }).click();
    await page.getByRole('heading', { name: '2 runs compared' }).waitFor();
    const table = page.getByRole('table', { name: 'Differences between runs' });
    expect(
      await table
        .getByRole('row', { name: /^depth params 1 2/ })
        .locator('.differs')
        .count(),
    ).toBe(1);
    expect(await table.getByRole('row', { name: /^seed/ }).count()).toBe(0);
    await page.getByLabel('Show what is the same, too').check();
    expect(await table.getByRole('row', { name: /^seed params 7 7/ }).count()).toBe(1);
    await page.getByRole('slider', { name: /^val loss: 2 runs/ }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('are narrowed down by an axis, by keyboard, and stay so for others', async () => {
    const { page, close } = await openSignedIn(
      browser,
      `${sweep.home}/compare?filter=params.seed+%3D+'7'`,
    );
    await page.getByRole('slider', { name: 'depth, at most' }).focus();
    await page.keyboard.press('PageDown');
    await page.keyboard.press('PageDown');
    await page.getByText('3 of 5 runs', { exact: true }).waitFor();
    await page.waitForURL(({ hash }) => parseHash(hash).query.ranges === 'params.depth~0~60');
    await page.reload();
    await page.getByText('3 of 5 runs', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByText('5 runs;').waitFor();
    await close();
  });

  it('are dots of a plot that arrow keys go through, one stop of Tab for all', async () => {
    const { page, close } = await openSignedIn(
      browser,
      `${sweep.home}/compare?filter=params.seed+%3D+'7'`,
    );
    const dots = page.locator('.scatter a');
    await dots.first().focus();
    await page.keyboard.press('ArrowRight');
    await page.locator('.scatter a:focus[aria-label="run-1: depth 1, val loss 3.8"]').waitFor();
    expect(await page.locator('.scatter a[tabindex="0"]').count()).toBe(1);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'run-1', level: 1 }).waitFor();
    await close();
  });
});

describe('every page of runs', () => {
  it.each([
    ['light', DESK],
    ['dark', PHONE],
  ] as const)('is accessible in %s and no wider than its window', async (colorScheme, viewport) => {
    for (const path of ['', `/runs/${sweep.runs[1]}`, "/compare?filter=params.seed+%3D+'7'"]) {
      const { page, complaints, close } = await openSignedIn(browser, `${sweep.home}${path}`, {
        colorScheme,
        viewport,
      });
      await page.getByRole('table').first().waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      const wider = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect(wider).toBe(0);
      expect(complaints).toEqual([]);
      await close();
    }
  });
});
