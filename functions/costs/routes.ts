import { authorOf } from '#shared/author.ts';
import { route } from '#shared/http.ts';
import { checkEndpoint, SpanQuery, spanOf } from '#slices/traffic';
import { getBudget, putBudget, removeBudget } from './budgets.ts';
import { endpointCost, modelCost } from './costs.ts';
import { Budget, EndpointCost, ModelCost, NewBudget, OfEndpoint, OfModel } from './schema.ts';

const BUDGET = '/api/v1/endpoints/{endpoint}/budget';

export const routes = [
  route({
    method: 'GET',
    path: '/api/v1/endpoints/{endpoint}/cost',
    operation: 'getEndpointCost',
    summary: 'What an endpoint cost in a span of time, and per 1,000 predictions',
    scope: 'read',
    params: OfEndpoint,
    query: SpanQuery,
    response: { status: 200, schema: EndpointCost },
    run: async ({ params, query }) => {
      await checkEndpoint(params.endpoint);
      return { body: await endpointCost(params.endpoint, spanOf(query)) };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/models/{model}/cost',
    operation: 'getModelCost',
    summary: 'What a model’s versions cost behind all endpoints',
    scope: 'read',
    params: OfModel,
    query: SpanQuery,
    response: { status: 200, schema: ModelCost },
    run: async ({ params, query }) => ({ body: await modelCost(params.model, spanOf(query)) }),
  }),
  route({
    method: 'GET',
    path: BUDGET,
    operation: 'getBudget',
    summary: 'An endpoint’s budget, and what of it was spent when it was last looked at',
    scope: 'read',
    params: OfEndpoint,
    response: { status: 200, schema: Budget },
    run: async ({ params }) => {
      const budget = await getBudget(params.endpoint);
      return { body: budget, revision: budget.revision };
    },
  }),
  route({
    method: 'PUT',
    path: BUDGET,
    operation: 'putBudget',
    summary: 'Ring when an endpoint costs more than this in a day or month',
    scope: 'deploy',
    params: OfEndpoint,
    body: NewBudget,
    response: { status: 200, schema: Budget },
    run: async (request) => {
      const budget = await putBudget(request.params.endpoint, request.body, authorOf(request));
      return { body: budget, revision: budget.revision };
    },
  }),
  route({
    method: 'DELETE',
    path: BUDGET,
    operation: 'removeBudget',
    summary: 'Take an endpoint’s budget and its alarm away',
    scope: 'deploy',
    params: OfEndpoint,
    response: { status: 204 },
    run: async (request) => {
      await removeBudget(request.params.endpoint, authorOf(request));
      return {};
    },
  }),
];
