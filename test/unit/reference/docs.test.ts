import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { CONTENT_SECURITY_POLICY, docsPage } from '../../../functions/reference/docs/page.ts';
import { handler } from '../../../functions/reference/handlers/api.ts';
import { describeApi, operations } from '../../../functions/reference/routes.ts';
import { httpEvent } from '../../helpers/invoke.ts';

const page = docsPage(describeApi());
const inner = (tag: string) => [...page.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'))];

describe('the reference page', () => {
  it('is answered without a token, as HTML that may load nothing', async () => {
    const call = handler as unknown as (
      event: unknown,
      context: unknown,
    ) => Promise<Record<string, unknown>>;
    const answer = await call(httpEvent({ path: '/api/v1/docs', scopes: null }), {
      getRemainingTimeInMillis: () => 10_000,
    });
    expect(answer).toMatchObject({
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
