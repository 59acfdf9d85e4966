import * as z from 'zod';
import { AppError } from '#core/errors.ts';
import { authorOf } from '#shared/author.ts';
import { route } from '#shared/http.ts';
import { idempotencyOf } from '#shared/idempotency.ts';
import { AtQuery, PageQuery, pageOf } from '#slices/registry';
import { deleteEndpoint, putEndpoint } from './endpoints.ts';
import { getEndpoint, listEndpoints, listRevisions } from './revisions.ts';
import { rollBack } from './rollbacks.ts';
import { Endpoint, EndpointName, EndpointSpec, Rollback, Weights } from './schema.ts';
import { shiftWeights } from './variants.ts';

const OfEndpoint = z.strictObject({ endpoint: EndpointName });
const modelsOf = ({ variants, shadows }: EndpointSpec) => ({
  models: [...variants, ...shadows].flatMap(({ model }) => model ?? []),
});

function checkForce({ force }: EndpointSpec, scopes: readonly string[]): void {
  if (!force || scopes.includes('admin')) return;
  throw new AppError('forbidden', 'force: this needs a token with the scope "admin"');
}

export const routes = [
  route({
    method: 'GET',
    path: '/api/v1/endpoints',
    operation: 'listEndpoints',
    summary: 'Endpoints by name',
    scope: 'read',
    names: { items: ({ name }: Endpoint) => ({ endpoints: [name] }) },
    query: PageQuery,
    response: { status: 200, schema: pageOf(Endpoint) },
    run: async ({ query }) => ({ body: await listEndpoints(query) }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/endpoints/{endpoint}',
    operation: 'getEndpoint',
    summary: 'One endpoint, now or as it was at a time',
    scope: 'read',
    params: OfEndpoint,
    query: AtQuery,
    response: { status: 200, schema: Endpoint },
    run: async ({ params, query }) => {
      const endpoint = await getEndpoint(params.endpoint, query.at);
      return { body: endpoint, revision: endpoint.revision };
    },
  }),
  route({
    method: 'PUT',
    path: '/api/v1/endpoints/{endpoint}',
    operation: 'putEndpoint',
    summary:
      'Put versions, or what aliases point at now, behind a name, each with its share of the traffic',
    scope: 'deploy',
    names: { body: modelsOf },
    params: OfEndpoint,
    body: EndpointSpec,
    response: { status: 200, schema: Endpoint, or: { status: 201, schema: Endpoint } },
    run: async (request) => {
      const { endpoint: name } = request.params;
      checkForce(request.body, request.scopes);
      const { endpoint, created } = await putEndpoint(name, request.body, authorOf(request));
      return { status: created ? 201 : 200, body: endpoint, revision: endpoint.revision };
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/endpoints/{endpoint}',
    operation: 'deleteEndpoint',
    summary: 'Stop serving under a name; its history stays',
    scope: 'deploy',
    params: OfEndpoint,
    response: { status: 204 },
    run: async (request) => {
      await deleteEndpoint(request.params.endpoint, authorOf(request));
      return {};
    },
  }),
  route({
    method: 'PUT',
    path: '/api/v1/endpoints/{endpoint}/weights',
    operation: 'moveWeights',
    summary: 'Move traffic between the variants that there are',
    scope: 'deploy',
    params: OfEndpoint,
    body: Weights,
    response: { status: 200, schema: Endpoint },
    run: async (request) => {
      const { endpoint: name } = request.params;
      const endpoint = await shiftWeights(name, request.body, authorOf(request));
      return { body: endpoint, revision: endpoint.revision };
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/endpoints/{endpoint}/rollbacks',
    operation: 'rollBack',
    summary: 'Restore an earlier revision, or the last healthy one',
    description:
      'The last healthy revision is the newest earlier one that served something else than now, is no step of a rollout or experiment, and that nobody rolled back from.',
    scope: 'deploy',
    repeat: 'by key',
    params: OfEndpoint,
    body: Rollback,
    response: { status: 201, schema: Endpoint },
    run: async (request) => {
      const { endpoint: name } = request.params;
      const idempotency = idempotencyOf(request, 'rollBack', { name, ...request.body });
      const endpoint = await rollBack(name, request.body, { ...authorOf(request), idempotency });
      return { body: endpoint, revision: endpoint.revision };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/endpoints/{endpoint}/revisions',
    operation: 'listRevisions',
    summary: 'What an endpoint served over time, newest first',
    scope: 'read',
    params: OfEndpoint,
    query: PageQuery,
    response: { status: 200, schema: pageOf(Endpoint) },
    run: async ({ params, query }) => ({ body: await listRevisions(params.endpoint, query) }),
  }),
];
