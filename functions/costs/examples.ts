import type { Examples } from '#shared/examples.ts';
import { ACTOR, AT, ENDPOINT, MODEL } from '#shared/story.ts';

const params = { endpoint: ENDPOINT };
const query = { from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' };

const figures = {
  from: '2026-11-01T00:00:00.000Z',
  to: '2026-11-02T00:00:00.000Z',
  currency: 'USD',
  total: 0.0478,
  predictions: 28_800,
  per1000Predictions: 0.00166,
  serving: {
    ...{ api: 0.0288, calls: 0.00576, compute: 0.0027 },
    ...{ logs: 0.01008, objects: 0.0004, table: 0.00006 },
  },
  shadows: { api: 0, calls: 0, compute: 0, logs: 0, objects: 0, table: 0 },
  versions: [
    {
      ...{ endpoint: ENDPOINT, variant: 'default', model: MODEL, version: 1 },
      ...{ shadow: false, predictions: 28_800, total: 0.0478 },
    },
  ],
};

const budget = {
  ...{ endpoint: ENDPOINT, amount: 20, period: 'month', revision: 1 },
  ...{ updatedAt: AT, updatedBy: ACTOR, spent: null, checkedAt: null, exceeded: null },
};

export const examples: Examples = {
  getEndpointCost: { params, query, answer: { endpoint: ENDPOINT, ...figures } },
  getModelCost: { params: { model: MODEL }, query, answer: { model: MODEL, ...figures } },
  getBudget: { params, answer: budget },
  putBudget: { params, body: { amount: 20, period: 'month' }, answer: budget },
  removeBudget: { params },
};
