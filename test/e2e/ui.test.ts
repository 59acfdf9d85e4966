import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { accessibilityFaults, openBrowser, openPage, PHONE } from '../helpers/browser.ts';
import { stack, unique } from '../helpers/stack.ts';

const { apiUrl, token } = stack();
const HOME = `${apiUrl}/ui`;
const experiment = unique('page');
let browser: Browser;

async function mlflow(path: string, body: object): Promise<any> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const url = `${apiUrl}/api/2.0/mlflow/${path}`;
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(response.status).toBe(200);
  return response.json();
}

beforeAll(async () => {
  [browser] = await Promise.all([
    openBrowser(),
    mlflow('experiments/create', { name: experiment }),
  ]);
});
afterAll(() => browser?.close());

/** Signs in on a page of its own, at an address of the app. */
async function signedIn(hash: string, options?: Parameters<typeof openPage>[1]) {
  const opened = await openPage(browser, options);
  await opened.page.goto(`${HOME}${hash}`);
  await opened.page.getByLabel('Token').fill(token);
  await opened.page.getByRole('button', { name: 'Sign in' }).click();
  return opened;
}

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
    await close();
  });

  it.each([
    ['light', undefined],
    ['dark', PHONE],
  ] as const)('is accessible in %s', async (colorScheme, viewport) => {
    const { page, complaints, close } = await signedIn(`#/default/experiments?name=${experiment}`, {
      colorScheme,
      ...(viewport && { viewport }),
    });
    await page.getByRole('link', { name: experiment }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });
});
