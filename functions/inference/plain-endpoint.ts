import type { ServingEndpoint } from '#slices/deployments';

/** What an endpoint does where nothing else was asked for, as before there was a choice. */
export const PLAIN_ENDPOINT = {
  shadows: [],
  strategy: { kind: 'weighted' },
  stickyUnit: { kind: 'request' },
  capture: { share: 0, mask: [], drop: [] },
} satisfies Partial<ServingEndpoint>;
