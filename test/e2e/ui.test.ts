import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { readExample } from '../../local/examples.ts';
import { verdictOf } from '../../local/verdict.ts';
import { accessibilityFaults, DESK, openBrowser, openPage, PHONE } from '../helpers/browser.ts';
import { api, force, stack, unique } from '../helpers/stack.ts';

const { apiUrl, token } = stack();
const HOME = `${apiUrl}/ui`;
const experiment = unique('page');
const served = unique('shown');
const LOSSES = { high: 0.9, middle: 0.5, low: 0.1 };
const STEPS = 30;
let browser: Browser;
let experimentId: string;

const mlflow = (path: string, body: object) =>
  api.call('POST', `/api/2.0/mlflow/${path}`, { body });

/** A run whose loss comes down to a value. */
async function logRun(name: string, loss: number): Promise<void> {
  const { run } = await mlflow('runs/create', { experiment_id: experimentId, run_name: name });
  const metrics = Array.from({ length: STEPS }, (_, step) => ({
    ...{ key: 'loss', value: loss + 1 - (step + 1) / STEPS, step },
    timestamp: 1_795_651_200_000 + step * 1000,
  }));
  const params = [{ key: 'rate', value: `${loss / 10}` }];
  await mlflow('runs/log-batch', { run_id: run.info.run_id, metrics, params });
}

async function serveExample(): Promise<void> {
  const { artifact, version, expected } = readExample('penguins');
  await api.call('POST', '/api/v1/models', { body: { name: served, task: 'multiclass' } });
  const body = { ...version, artifact: { base64: Buffer.from(artifact).toString('base64') } };
  await api.call('POST', `/api/v1/models/${served}/versions`, { body });
  await verdictOf(stack(), served, 1);
  await api.call('PUT', `/api/v1/models/${served}/aliases/champion`, { body: { version: 1 } });
  const variants = [{ name: 'live', model: served, version: 1 }];
  await api.call('PUT', `/api/v1/endpoints/${served}`, { body: { variants, force } });
  const rows = expected.rows?.slice(0, 2);
  await api.call('POST', `/api/v1/endpoints/${served}/predictions`, { body: { rows } });
}

async function logRuns(): Promise<void> {
  experimentId = (await mlflow('experiments/create', { name: experiment })).experiment_id;
  for (const [name, loss] of Object.entries(LOSSES)) await logRun(name, loss);
}

beforeAll(async () => {
  browser = await openBrowser();
  await Promise.all([logRuns(), serveExample()]);
});
afterAll(() => browser?.close());

/** Signs in on a page of its own, at an address of the app. */
async function signedIn(hash: string, options?: Parameters<typeof openPage>[1]) {
  const opened = await openPage(browser, options);
  await opened.page.goto(`${HOME}#/default/${hash}`);
  await opened.page.getByLabel('Token').fill(token);
  await opened.page.getByRole('button', { name: 'Sign in' }).click();
  await opened.page.getByLabel('Token').waitFor({ state: 'detached' });
  return opened;
}

const follow = (page: Page, name: string | RegExp) =>
  page.getByRole('link', { name }).first().click();
/** Follows a name in a list, on whichever page it is: other tests have models and endpoints too. */
async function followInList(page: Page, name: string): Promise<void> {
  const link = page.getByRole('link', { name }).first();
  await page.getByRole('table').waitFor();
  while (!(await link.isVisible())) {
    const answer = page.waitForResponse((one) => one.url().includes('cursor='));
    await page.getByRole('button', { name: 'Next' }).click();
    const { items } = await (await answer).json();
    await page.getByRole('link', { name: items[0].name, exact: true }).first().waitFor();
  }
  await link.click();
}
const heading = (page: Page, name: string) =>
  page.getByRole('heading', { name, exact: true }).waitFor();

const LOOKS = [
  ['light', DESK],
  ['dark', PHONE],
] as const;

describe('the page at /ui', () => {
  it('is answered packed, is asked for anew, and its parts are kept for ever', async () => {
    const first = await fetch(HOME, { headers: { 'accept-encoding': 'br' } });
    expect(first.headers.get('content-encoding')).toBe('br');
    const html = await first.text();
    const [script] = /ui\/assets\/app-\w+\.js/.exec(html) as unknown as [string];
    const part = await fetch(`${apiUrl}/${script}`);
    expect(part.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(part.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const etag = first.headers.get('etag') as string;
    const again = await fetch(HOME, { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    expect((await fetch(`${HOME}/nothing.js`)).status).toBe(404);
  });

  it('asks for a token, says when it is none, and goes on where one wanted to go', async () => {
    const { page, close } = await openPage(browser);
    await page.goto(`${HOME}#/default/experiments?name=${experiment}`);
    await page.getByLabel('Token').fill('skiff_nothing');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('was not accepted').waitFor();
    await page.getByLabel('Token').fill(token);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: experiment }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
    expect(await page.evaluate('sessionStorage.getItem("skiff-token")')).toBeNull();
    await close();
  });

  it('goes from models to a version, what was examined, and its card', async () => {
    const { page, complaints, close } = await signedIn('models');
    await followInList(page, served);
    await heading(page, served);
    await follow(page, 'Version 1');
    await heading(page, `${served}, version 1`);
    await page.getByText('artifact.digest-verified', { exact: true }).waitFor();
    await page.getByRole('rowheader', { name: 'bill_length_mm' }).last().waitFor();
    await follow(page, 'Model card');
    const card = page.frameLocator('iframe');
    await card.getByRole('heading', { name: served }).waitFor();
    const height = () => page.locator('iframe').evaluate((frame) => frame.clientHeight);
    for (let i = 0; i < 50 && (await height()) < 1500; i++) await page.waitForTimeout(100);
    expect(await height()).toBeGreaterThan(1500);
    expect(complaints).toEqual([]);
    await close();
  });

  it('shows what an endpoint does', async () => {
    const { page, complaints, close } = await signedIn(`endpoints/${served}`);
    await page
      .getByRole('row', { name: /live/ })
      .getByRole('link', { name: `${served} 1` })
      .waitFor();
    // Traffic is written some seconds after the requests, and this page looks again by itself.
    await page.getByRole('heading', { name: 'Requests', exact: true }).waitFor({ timeout: 60_000 });
    await page.getByText('No monitor watches this endpoint.').waitFor();
    await page.getByRole('heading', { name: 'Revisions' }).waitFor();
    await follow(page, 'Endpoints');
    await followInList(page, served);
    await heading(page, served);
    expect(complaints).toEqual([]);
    await close();
  });

  it('is walked by keyboard alone', async () => {
    const { page, complaints, close } = await openPage(browser);
    const focused = () => page.evaluate('document.activeElement.textContent');
    const tabTo = async (text: string) => {
      for (let i = 0; i < 40 && (await focused()) !== text; i++) await page.keyboard.press('Tab');
      expect(await focused()).toBe(text);
    };
    await page.goto(`${HOME}#/default/experiments?name=${experiment}`);
    await page.getByLabel('Token').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.type(token);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: experiment }).waitFor();
    await tabTo(experiment);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'low' }).waitFor();
    await tabTo('low');
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toBe('middle');
    await page.keyboard.press('Enter');
    await heading(page, 'middle');
    expect(await focused()).toBe('middle');
    const curve = page.getByRole('slider', { name: /loss/ });
    await curve.focus();
    await page.keyboard.press('End');
    expect(await curve.getAttribute('aria-valuetext')).toBe(`step ${STEPS - 1}: 0.5`);
    await page.keyboard.press('Shift+Tab');
    await tabTo('Models');
    await page.keyboard.press('Enter');
    await heading(page, 'Models');
    expect(await focused()).toBe('Models');
    expect(complaints).toEqual([]);
    await close();
  });

  it('is accessible, in light at a desk and in dark on a phone', async () => {
    const { page, complaints, close } = await signedIn('models');
    const version = `models/${served}/versions/1`;
    const places = ['experiments', `experiments/${experimentId}`, 'models', `models/${served}`];
    for (const place of [
      ...places,
      version,
      `${version}/card`,
      'endpoints',
      `endpoints/${served}`,
    ]) {
      await page.goto(`${HOME}#/default/${place}`);
      await page.locator('main :is(table, iframe)').first().waitFor();
      await page.locator('.loading').first().waitFor({ state: 'detached' });
      for (const [colorScheme, size] of LOOKS) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize(size);
        expect([place, await accessibilityFaults(page)]).toEqual([place, []]);
      }
    }
    expect(complaints).toEqual([]);
    await close();
  });
});
