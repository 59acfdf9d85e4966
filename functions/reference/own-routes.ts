import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { route } from '#shared/http.ts';
import { CONTENT_SECURITY_POLICY } from './docs/page.ts';

/** Lies beside the bundle, made with it: the function need not know every slice's schemas. */
const beside = (file: string): string =>
  readFileSync(join(process.env.LAMBDA_TASK_ROOT ?? '', file), 'utf8');

export const DOCUMENT = 'openapi.json';
export const PAGE = 'docs.html';

export const ownRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/health',
    operation: 'health',
    summary: 'Whether the API answers',
    scope: 'public',
    names: 'none',
    response: { status: 200, schema: z.object({ status: z.literal('ok') }) },
    run: () => ({ body: { status: 'ok' } }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/openapi.json',
    operation: 'openApi',
    summary: 'This description of the API (OpenAPI 3.1)',
    scope: 'read',
    names: 'none',
    response: { status: 200, schema: z.record(z.string(), z.unknown()) },
    run: () => ({ body: beside(DOCUMENT), contentType: 'application/json' }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/docs',
    operation: 'docs',
    summary: 'This description of the API as a page',
    description: 'Browsers send no token by themselves: `npx skiff docs` shows the page in one.',
    scope: 'read',
    names: 'none',
    response: { status: 200, texts: ['text/html'] },
    run: () => ({
      body: beside(PAGE),
      contentType: 'text/html; charset=utf-8',
      headers: {
        'content-security-policy': CONTENT_SECURITY_POLICY,
        'cache-control': 'private, max-age=300',
        'x-content-type-options': 'nosniff',
      },
    }),
  }),
];
