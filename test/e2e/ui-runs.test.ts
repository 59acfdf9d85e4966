import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openBrowser, openPage } from '../helpers/browser.ts';
import { stack } from '../helpers/stack.ts';
import { makeSweep, openSignedIn, type Sweep } from '../helpers/sweep.ts';

const { apiUrl, token } = stack();
const PAGE_SIZE = 100;
let browser: Browser;
let sweep: Sweep;

beforeAll(async () => {
  [browser, sweep] = await Promise.all([openBrowser(), makeSweep(PAGE_SIZE + 3)]);
}, 120_000);
afterAll(() => browser?.close());

const firstRow = (page: Page, name: string) =>
  page.locator('tbody tr:first-child th', { hasText: new RegExp(`${name}$`) }).waitFor();
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => (globalThis as any).document.activeElement.textContent);

describe('the table of runs', () => {
  it('is sorted by any metric, by its server, and the address says so', async () => {
    const { page, complaints, close } = await openSignedIn(
      browser,
      `${sweep.home}?cols=metrics.val+loss,params.depth`,
    );
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
    const { page, close } = await openSignedIn(browser, sweep.home);
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
    const { page, close } = await openSignedIn(browser, sweep.home);
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
    await page.getByText('No run fits.').waitFor();
    await close();
  });

  it('shows the columns that are chosen', async () => {
    const { page, close } = await openSignedIn(
      browser,
      `${sweep.home}?filter=params.depth+%3D+'3'`,
    );
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
    const { page, close } = await openSignedIn(
      browser,
      `${sweep.home}?sort=metrics.val+loss&filter=params.seed+%3D+'7'`,
    );
    await firstRow(page, 'run-4');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await focused(page)).toBe(sweep.name);
    await page.getByRole('link', { name: 'run-4' }).focus();
    await page.keyboard.press('ArrowDown');
    expect(await focused(page)).toBe('run-3');
    await page.keyboard.press('ArrowUp');
    expect(await focused(page)).toBe('run-4');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'run-4', level: 1 }).waitFor();
    await page.locator('h1:focus').waitFor();
    expect(await page.title()).toBe('run-4 · Skiff');
    await close();
  });
});

describe('who is signed out', () => {
  it('comes back to the same page with another token', async () => {
    const { page, close } = await openPage(browser);
    await page.goto(`${apiUrl}/ui${sweep.home}?filter=params.depth+%3D+'3'`);
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
    const { page, close } = await openSignedIn(browser, sweep.home);
    await firstRow(page, `run-${PAGE_SIZE + 2}`);
    await page.getByRole('button', { name: 'Workspace default' }).click();
    await page.getByLabel('Another workspace').fill('ui-elsewhere');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Default', exact: true }).waitFor();
    expect(new URL(page.url()).hash).toBe('#/ui-elsewhere/experiments');
    expect(await page.getByRole('link', { name: sweep.name }).count()).toBe(0);
    await close();
  });
});
