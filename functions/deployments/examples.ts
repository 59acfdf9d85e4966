import type { Examples } from '#shared/examples.ts';
import { ACTOR, AT, ENDPOINT, MODEL } from '#shared/story.ts';

const OfEndpoint = { endpoint: ENDPOINT };

const endpoint = {
  name: ENDPOINT,
  description: 'What a house is worth',
  variants: [{ name: 'default', model: MODEL, version: 1, alias: 'champion', weight: 100 }],
  shadows: [],
  strategy: { kind: 'weighted' },
  stickyUnit: { kind: 'header', name: 'x-customer-id' },
  capture: { share: 0.1, mask: [], drop: ['age'] },
  revision: 1,
  createdAt: AT,
  updatedAt: AT,
  updatedBy: ACTOR,
};

export const examples: Examples = {
  putEndpoint: {
    params: OfEndpoint,
    body: {
      variants: [{ model: MODEL, alias: 'champion' }],
      stickyUnit: endpoint.stickyUnit,
      capture: { share: 0.1, drop: ['age'] },
      description: endpoint.description,
    },
    answer: { ...endpoint, revision: 2 },
    or: endpoint,
  },
  listEndpoints: { query: { limit: 10 }, answer: { items: [endpoint] } },
  getEndpoint: { params: OfEndpoint, answer: endpoint },
  deleteEndpoint: { params: OfEndpoint },
  moveWeights: {
    params: OfEndpoint,
    body: { weights: { default: 100 }, reason: 'All of it, from today' },
    answer: { ...endpoint, reason: 'All of it, from today', revision: 2 },
  },
  rollBack: {
    params: OfEndpoint,
    headers: { 'Idempotency-Key': 'incident-12' },
    body: { revision: 1, reason: 'Estimates are too high since noon' },
    answer: { ...endpoint, reason: 'Estimates are too high since noon', revision: 3 },
  },
  listRevisions: { params: OfEndpoint, query: { limit: 1 }, answer: { items: [endpoint] } },
};
