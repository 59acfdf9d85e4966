import type { OperationKey } from './operations.ts';

type Post = Extract<OperationKey, `POST ${string}`>;

/**
 * POSTs that may be sent again when nobody knows whether the first one arrived; the others are
 * not. As the routes say (`repeat`), which a test compares.
 */
export const REPEATABLE_POSTS: ReadonlySet<string> = new Set<Post>([
  'POST /api/v1/endpoints/{endpoint}/rollbacks',
  'POST /api/v1/endpoints/{endpoint}/rollouts',
  'POST /api/v1/endpoints/{endpoint}/rollouts/{rollout}/pause',
  'POST /api/v1/endpoints/{endpoint}/rollouts/{rollout}/resume',
  'POST /api/v1/endpoints/{endpoint}/rollouts/{rollout}/abort',
  'POST /api/v1/endpoints/{endpoint}/bundles',
  'POST /api/v1/endpoints/{endpoint}/devices/{device}/uploads',
  'POST /api/v1/models',
  'POST /api/v1/models/{model}/versions',
  'POST /api/v1/models/{model}/versions/{version}/validations',
  'POST /api/v1/uploads',
  'POST /api/v1/tokens',
  'POST /api/v1/datasets',
  'POST /api/v1/endpoints/{endpoint}/rollbacks',
  'POST /api/v1/endpoints/{endpoint}/monitor/runs',
  'POST /api/v1/endpoints/{endpoint}/predictions',
  'POST /api/v1/endpoints/{endpoint}/experiments/{experiment}/stop',
  'POST /api/v1/feedback',
  'POST /api/v1/jobs',
  'POST /api/v1/runs/{run}/reproduction',
  'POST /api/v1/webhooks',
  'POST /v2/models/{endpoint}/infer',
  'POST /v2/models/{endpoint}/versions/{version}/infer',
]);
