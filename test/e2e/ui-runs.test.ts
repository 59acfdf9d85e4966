import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { accessibilityFaults, DESK, openBrowser, openPage, PHONE } from '../helpers/browser.ts';
import { api, stack, unique } from '../helpers/stack.ts';

const { apiUrl, token } = stack();
const PAGE_SIZE = 100;
const experiment = { name: unique('sweep'), id: '' };
/** By name, as they were made: `run-0` is the oldest. */
const runs: string[] = [];
let browser: Browser;

const mlflow = (path: string, body: object) =>
  api.call('POST', `/api/2.0/mlflow/${path}`, { body });

/** The more depth, the less error; all but the first few have nothing else. */
async function makeRun(index: number): Promise<void> {
  const { run } = await mlflow('runs/create', {
    ...{ experiment_id: experiment.id, run_name: `run-${index}`, user_id: 'mira' },
    start_time: 1_700_000_000_000 + index * 1000,
  });
  const { run_id } = run.info;
  runs[index] = run_id;
  if (index >= 5) return;
  const metrics = [0, 1, 2].map((step) => ({
    ...{ key: 'val loss', value: 5 - index - step / 10, timestamp: 1_700_000_000_000, step },
  }));
  const params = [
    { key: 'depth', value: String(index) },
    { key: 'seed', value: '7' },
  ];
  await mlflow('runs/log-batch', { run_id, metrics, params, tags: [] });
}

beforeAll(async () => {
  const made = await mlflow('experiments/create', { name: experiment.name });
  experiment.id = made.experiment_id;
  const indexes = Array.from({ length: PAGE_SIZE + 3 }, (_, i) => i);
  for (let i = 0; i < indexes.length; i += 10) {
    await Promise.all(indexes.slice(i, i + 10).map(makeRun));
  }
  browser = await openBrowser();
}, 120_000);
afterAll(() => browser?.close());

const home = () => `#/default/experiments/${experiment.id}`;

async function open(hash: string, options?: Parameters<typeof openPage>[1]) {
  const opened = await openPage(browser, options);
  await opened.page.addInitScript((given) => {
    (globalThis as any).sessionStorage.setItem('skiff-token', given);
  }, token);
  await opened.page.goto(`${apiUrl}/ui${hash}`);
  return opened;
}

const firstRow = (page: Page, name: string) =>
  page.locator('tbody tr:first-child th', { hasText: new RegExp(`${name}$`) }).waitFor();
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => (globalThis as any).document.activeElement.textContent);

describe('the table of runs', () => {
  it('is sorted by any metric, by its server, and the address says so', async () => {
    const { page, complaints, close } = await open(`${home()}?cols=metrics.val+loss,params.depth`);
    await firstRow(page, `run-${PAGE_SIZE + 2}`);
    await page.getByRole('button', { name: 'val loss' }).click();
    await firstRow(page, 'run-0');
    await page.getByRole('button', { name: 'val loss' }).click();
    await firstRow(page, 'run-4');
    expect(new URL(page.url()).hash).toContain('sort=metrics.val+loss');
    await page.getByRole('button', { name: 'depth' }).click();
    await firstRow(page, 'run-0');
    await page.reload();
    await firstRow(page, 'run-0');
    expect(complaints).toEqual([]);
    await close();
  });

  it('goes from page to page and back', async () => {
    const { page, close } = await open(home());
    await page.getByText(`1–${PAGE_SIZE}`).waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await firstRow(page, 'run-2');
    await page.getByText(`${PAGE_SIZE + 1}–${PAGE_SIZE + 3}`).waitFor();
    await page.reload();
    await firstRow(page, 'run-2');
    await page.getByRole('button', { name: 'Previous' }).click();
    await firstRow(page, `run-${PAGE_SIZE + 2}`);
    await page.goBack();
    await firstRow(page, 'run-2');
    await close();
  });

  it('is filtered in MLflow’s language, and says what is wrong with a filter', async () => {
    const { page, close } = await open(home());
    const filter = page.getByLabel('Filter');
    await filter.fill('metrics.`val loss` < 2');
    await filter.press('Enter');
    await firstRow(page, 'run-4');
    expect(await page.locator('tbody tr').count()).toBe(2);
    await filter.fill('metrics.`val loss` << 2');
    await filter.press('Enter');
    await page
      .getByRole('alert')
      .getByText("Expected numeric value type for metric 'val loss'")
      .waitFor();
    expect(await filter.getAttribute('aria-invalid')).toBe('true');
    expect(await page.locator('tbody tr').count()).toBe(2);
    await filter.fill("params.depth = 'none'");
    await filter.press('Enter');
    await page.getByText('No run fits the filter.').waitFor();
    await close();
  });

  it('shows the columns that are chosen', async () => {
    const { page, close } = await open(`${home()}?filter=params.depth+%3D+'3'`);
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByLabel('Find a column').fill('seed');
    await page.getByRole('checkbox', { name: 'seed' }).uncheck();
    await page.keyboard.press('Escape');
    await page.getByRole('columnheader', { name: 'seed' }).waitFor({ state: 'detached' });
    expect(await focused(page)).toContain('Columns');
    await close();
  });
});

describe('by keyboard alone', () => {
  it('one gets past the navigation, through the rows and into a run', async () => {
    const { page, close } = await open(
      `${home()}?sort=metrics.val+loss&filter=params.seed+%3D+'7'`,
    );
    await firstRow(page, 'run-4');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await focused(page)).toBe(experiment.name);
    await page.getByRole('link', { name: 'run-4' }).focus();
    await page.keyboard.press('ArrowDown');
    expect(await focused(page)).toBe('run-3');
    await page.keyboard.press('ArrowUp');
    expect(await focused(page)).toBe('run-4');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'run-4', level: 1 }).waitFor();
    await page.waitForFunction('document.activeElement.tagName === "H1"');
    expect(await page.title()).toBe('run-4 · Skiff');
    await close();
  });
});

describe('a run', () => {
  it('shows what is logged while it is at work', async () => {
    const { page, complaints, close } = await open(`${home()}/runs/${runs[3]}`);
    await page.getByRole('row', { name: /val loss 1\.8 2/ }).waitFor();
    const chart = page.getByRole('slider', { name: /^val loss: 3 points drawn, the last 1\.8/ });
    await chart.focus();
    await page.keyboard.press('End');
    expect(await chart.getAttribute('aria-valuetext')).toBe('step 2: 1.8');
    const point = { key: 'val loss', value: 0.25, timestamp: 1_700_000_009_000, step: 3 };
    await mlflow('runs/log-metric', { run_id: runs[3], ...point });
    await page.getByRole('slider', { name: /^val loss: 4 points drawn, the last 0\.25/ }).waitFor();
    await page.getByRole('row', { name: /val loss 0\.25 3/ }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });

  it('gives its files, folder by folder', async () => {
    const { run } = await api.call('GET', `/api/2.0/mlflow/runs/get?run_id=${runs[2]}`);
    const path = run.info.artifact_uri.replace(/^mlflow-artifacts:\/*([^/]+\.[^/]+\/)?/, '');
    const address = `${apiUrl}/api/2.0/mlflow-artifacts/artifacts/${path}/notes/read%20me.html`;
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/octet-stream',
    };
    const put = await fetch(address, { method: 'PUT', headers, body: '<h1>not a page</h1>' });
    expect(put.status).toBe(200);
    const { page, close } = await open(`${home()}/runs/${runs[2]}`);
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
    const { page, complaints, close } = await open(`${home()}?filter=params.seed+%3D+'7'`);
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
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });

  it('are narrowed down by an axis, by keyboard, and stay so for others', async () => {
    const { page, close } = await open(`${home()}/compare?filter=params.seed+%3D+'7'`);
    await page.getByRole('slider', { name: 'depth, at most' }).focus();
    await page.keyboard.press('PageDown');
    await page.keyboard.press('PageDown');
    await page.getByText('3 of 5 runs').waitFor();
    await page.waitForFunction('location.hash.includes("ranges=params.depth~0~60")');
    await page.reload();
    await page.getByText('3 of 5 runs').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByText('5 runs;').waitFor();
    await close();
  });
});

describe('who is signed out', () => {
  it('comes back to the same page with another token', async () => {
    const { page, close } = await openPage(browser);
    await page.goto(`${apiUrl}/ui${home()}?filter=params.depth+%3D+'3'`);
    const signIn = async () => {
      await page.getByLabel('Token').fill(token);
      await page.keyboard.press('Enter');
      await firstRow(page, 'run-3');
    };
    await signIn();
    await page.evaluate("sessionStorage.setItem('skiff-token', 'skiff_revoked')");
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByText('was not accepted').waitFor();
    await signIn();
    expect(page.url()).not.toContain(token);
    await close();
  });

  it('finds a workspace by its name, empty and apart', async () => {
    const { page, close } = await open(home());
    await firstRow(page, `run-${PAGE_SIZE + 2}`);
    await page.getByRole('button', { name: 'Workspace default' }).click();
    await page.getByLabel('Another workspace').fill('ui-elsewhere');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Default', exact: true }).waitFor();
    expect(new URL(page.url()).hash).toBe('#/ui-elsewhere/experiments');
    expect(await page.getByRole('link', { name: experiment.name }).count()).toBe(0);
    await close();
  });
});

describe('every page of runs', () => {
  it.each([
    ['light', DESK],
    ['dark', PHONE],
  ] as const)('is accessible in %s and no wider than its window', async (colorScheme, viewport) => {
    for (const path of ['', `/runs/${runs[1]}`, "/compare?filter=params.seed+%3D+'7'"]) {
      const { page, complaints, close } = await open(`${home()}${path}`, { colorScheme, viewport });
      await page.getByRole('table').first().waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      const wider = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect(wider).toBe(0);
      expect(complaints).toEqual([]);
      await close();
    }
  });
});
