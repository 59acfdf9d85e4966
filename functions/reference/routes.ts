import { routes as access } from '#slices/access';
import { routes as bundles } from '#slices/bundles';
import { routes as cards } from '#slices/cards';
import { routes as costs } from '#slices/costs';
import { routes as datasets } from '#slices/datasets';
import { routes as deployments } from '#slices/deployments';
import { routes as experiments } from '#slices/experiments';
import { routes as feedback } from '#slices/feedback';
import { routes as governance } from '#slices/governance';
import { routes as jobs } from '#slices/jobs';
import { routes as metrics } from '#slices/metrics';
import { routes as monitoring } from '#slices/monitoring';
import { routes as registry } from '#slices/registry';
import { routes as rollouts } from '#slices/rollouts';
import { routes as runs } from '#slices/runs';
import { routes as traffic } from '#slices/traffic';
import { routes as validation } from '#slices/validation';
import { routes as webhooks } from '#slices/webhooks';
import { examples } from './examples.ts';
import { nameSchemas } from './openapi/names.ts';
import { openApi } from './openapi.ts';
import { ownRoutes } from './own-routes.ts';
import { predictionOperations } from './prediction-operations.ts';

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
  ...bundles,
  ...costs,
  ...experiments,
  ...rollouts,
  ...monitoring,
  ...metrics,
  ...governance,
  ...jobs,
  ...runs,
  ...access,
  ...webhooks,
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
