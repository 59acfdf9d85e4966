import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { CONTENT_SECURITY_POLICY, docsPage } from '../../../functions/reference/docs/page.ts';
import { handler } from '../../../functions/reference/handlers/api.ts';
import { describeApi, operations } from '../../../functions/reference/routes.ts';
import { writeReference } from '../../../functions/reference/write.ts';
import { httpEvent } from '../../helpers/invoke.ts';

const page = docsPage(describeApi());
const inner = (tag: string) => [...page.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'))];

// As Lambda says it: the folder of the bundle.
process.env.LAMBDA_TASK_ROOT = mkdtempSync(join(tmpdir(), 'skiff-reference-'));
afterAll(() => rmSync(process.env.LAMBDA_TASK_ROOT as string, { recursive: true }));
writeReference(process.env.LAMBDA_TASK_ROOT);

const answer = (path: string, scopes: string | null) =>
  (handler as unknown as (event: unknown, context: unknown) => Promise<Record<string, unknown>>)(
    httpEvent({ path, scopes }),
    { getRemainingTimeInMillis: () => 10_000 },
  );

describe('the document', () => {
  it('is answered as it was written with the bundle', async () => {
    const { statusCode, headers, body } = await answer('/api/v1/openapi.json', 'read');
    expect([statusCode, headers]).toMatchObject([200, { 'content-type': 'application/json' }]);
    expect(JSON.parse(body as string)).toEqual(JSON.parse(JSON.stringify(describeApi())));
  });
});

describe('the reference page', () => {
  it('is answered as HTML that may load nothing', async () => {
    expect(await answer('/api/v1/docs', 'read')).toMatchObject({
      statusCode: 200,
      body: page,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': CONTENT_SECURITY_POLICY,
      },
    });
  });

  it('shows every operation, with a line to call it and its example', () => {
    for (const { operation, method, path } of operations) {
      expect(page).toContain(`id="${operation}"`);
      expect(page).toContain(`<span class="path">${path}</span>`);
      expect(page).toContain(`class="method ${method.toLowerCase()}"`);
    }
    expect(page.match(/aria-label="Copy the curl line"/g)).toHaveLength(operations.length);
    expect(page).toContain('&quot;$SKIFF_URL/api/v1/models/house-prices/versions/1&quot;');
  });

  it('has an end to each of its links, and no two places of one name', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const links = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id as string);
    expect(links.length).toBeGreaterThan(operations.length);
    expect(links.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('runs the script and the style that its policy names, and refers to nothing elsewhere', () => {
    for (const tag of ['script', 'style']) {
      const [found, ...more] = inner(tag);
      const digest = createHash('sha256')
        .update(found?.[1] ?? '')
        .digest('base64');
      expect(more).toEqual([]);
      expect(CONTENT_SECURITY_POLICY).toContain(`${tag}-src 'sha256-${digest}'`);
    }
    expect(page).not.toMatch(/<(link|img|iframe|object)|src=|@import|url\(/);
    expect(page.length).toBeLessThan(2_000_000);
  });
});
