import * as z from 'zod';
import { route } from '#shared/http.ts';
import { routes as access } from '#slices/access';
import { routes as cards } from '#slices/cards';
import { routes as costs } from '#slices/costs';
import { routes as datasets } from '#slices/datasets';
import { routes as deployments } from '#slices/deployments';
import { routes as experiments } from '#slices/experiments';
import { routes as feedback } from '#slices/feedback';
import { routes as governance } from '#slices/governance';
import { routes as jobs } from '#slices/jobs';
import { routes as monitoring } from '#slices/monitoring';
import { routes as registry } from '#slices/registry';
import { routes as rollouts } from '#slices/rollouts';
import { routes as traffic } from '#slices/traffic';
import { routes as validation } from '#slices/validation';
import { CONTENT_SECURITY_POLICY, docsPage } from './docs/page.ts';
import { examples } from './examples.ts';
import { nameSchemas } from './openapi/names.ts';
import { openApi } from './openapi.ts';
import { predictionOperations } from './prediction-operations.ts';

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
    run: () => ({ body: describeApi() }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/docs',
    operation: 'docs',
    summary: 'This description of the API as a page',
    description: 'The same for everyone: it holds what the schemas say, and nobody’s data.',
    scope: 'public',
    names: 'none',
    response: { status: 200, texts: ['text/html'] },
    run: () => ({
      body: renderDocs(),
      contentType: 'text/html; charset=utf-8',
      headers: {
        'content-security-policy': CONTENT_SECURITY_POLICY,
        'cache-control': 'public, max-age=300',
        'x-content-type-options': 'nosniff',
      },
    }),
  }),
];

/** Of every slice; each keeps its routes' types, so that clients can be typed by them. */
export const routes = [
  ...ownRoutes,
  ...registry,
  ...datasets,
  ...validation,
  ...cards,
  ...deployments,
  ...traffic,
  ...feedback,
  ...costs,
  ...experiments,
  ...rollouts,
  ...monitoring,
  ...governance,
  ...jobs,
  ...access,
];

/** All that the API does: what routes answer, and what the prediction path answers. */
export const operations = [...routes, ...predictionOperations];

/** The type of every operation of the API. */
export type ApiOperation = (typeof operations)[number];

let document: ReturnType<typeof openApi> | undefined;

/** The OpenAPI document; made once, because it is the same for everyone. */
export function describeApi() {
  if (document) return document;
  nameSchemas();
  document = openApi(operations, examples);
  return document;
}

let page: string | undefined;

function renderDocs(): string {
  page ??= docsPage(describeApi());
  return page;
}
