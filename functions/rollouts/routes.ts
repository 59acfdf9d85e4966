import * as z from 'zod';
import { authorOf } from '#shared/author.ts';
import { route } from '#shared/http.ts';
import { idempotencyOf } from '#shared/idempotency.ts';
import { EndpointName } from '#slices/deployments';
import { PageQuery, pageOf } from '#slices/registry';
import { abortRollout, pauseRollout, resumeRollout } from './actions.ts';
import { getGuard, putGuard } from './guard.ts';
import { startRollout } from './rollouts.ts';
import { Because, Guard, GuardSpec, NewRollout, Rollout } from './schema.ts';
import { listRollouts, readRollout } from './store.ts';

const ENDPOINT = '/api/v1/endpoints/{endpoint}';
const OfEndpoint = z.strictObject({ endpoint: EndpointName });
const OfRollout = OfEndpoint.extend({ rollout: z.ulid() });

export const routes = [
  route({
    method: 'POST',
    path: `${ENDPOINT}/rollouts`,
    operation: 'startRollout',
    summary: 'Move traffic to another version step by step, watched',
    scope: 'deploy',
    names: { body: ({ model }: NewRollout) => ({ models: [model] }) },
    repeat: 'by key',
    params: OfEndpoint,
    body: NewRollout,
    response: { status: 202, schema: Rollout, location: true },
    run: async (request) => {
      const { endpoint } = request.params;
      const idempotency = idempotencyOf(request, `rollout ${endpoint}`, request.body);
      const { actor, requestId } = request;
      const rollout = await startRollout(endpoint, request.body, { actor, requestId, idempotency });
      return {
        body: rollout,
        headers: { location: `/api/v1/endpoints/${endpoint}/rollouts/${rollout.id}` },
      };
    },
  }),
  route({
    method: 'GET',
    path: `${ENDPOINT}/rollouts`,
    operation: 'listRollouts',
    summary: 'Rollouts of an endpoint, newest first',
    scope: 'read',
    params: OfEndpoint,
    query: PageQuery,
    response: { status: 200, schema: pageOf(Rollout) },
    run: async ({ params, query }) => ({ body: await listRollouts(params.endpoint, query) }),
  }),
  route({
    method: 'GET',
    path: `${ENDPOINT}/rollouts/{rollout}`,
    operation: 'getRollout',
    summary: 'One rollout: where it stands, what was measured, what was decided and why',
    scope: 'read',
    params: OfRollout,
    response: { status: 200, schema: Rollout },
    run: async ({ params }) => ({
      body: Rollout.parse(await readRollout(params.endpoint, params.rollout)),
    }),
  }),
  route({
    method: 'POST',
    path: `${ENDPOINT}/rollouts/{rollout}/pause`,
    operation: 'pauseRollout',
    summary: 'Leave the weights as they are and decide nothing until resumed',
    scope: 'deploy',
    repeat: 'as it is',
    params: OfRollout,
    body: Because,
    response: { status: 200, schema: Rollout },
    run: async (request) => {
      const { endpoint, rollout } = request.params;
      return {
        body: await pauseRollout(endpoint, rollout, authorOf(request), request.body.reason),
      };
    },
  }),
  route({
    method: 'POST',
    path: `${ENDPOINT}/rollouts/{rollout}/resume`,
    operation: 'resumeRollout',
    summary: 'Go on with a rollout that is paused or held',
    scope: 'deploy',
    repeat: 'as it is',
    params: OfRollout,
    body: Because,
    response: { status: 200, schema: Rollout },
    run: async (request) => {
      const { endpoint, rollout } = request.params;
      return {
        body: await resumeRollout(endpoint, rollout, authorOf(request), request.body.reason),
      };
    },
  }),
  route({
    method: 'POST',
    path: `${ENDPOINT}/rollouts/{rollout}/abort`,
    operation: 'abortRollout',
    summary: 'End a rollout and give the old variants their traffic back',
    scope: 'deploy',
    repeat: 'as it is',
    params: OfRollout,
    body: Because,
    response: { status: 200, schema: Rollout },
    run: async (request) => {
      const { endpoint, rollout } = request.params;
      return {
        body: await abortRollout(endpoint, rollout, authorOf(request), request.body.reason),
      };
    },
  }),
  route({
    method: 'GET',
    path: `${ENDPOINT}/guard`,
    operation: 'getGuard',
    summary: 'What rolls an endpoint back by itself after a rollout, and what did',
    scope: 'read',
    params: OfEndpoint,
    response: { status: 200, schema: Guard },
    run: async ({ params }) => {
      const guard = await getGuard(params.endpoint);
      return { body: guard, revision: guard.revision };
    },
  }),
  route({
    method: 'PUT',
    path: `${ENDPOINT}/guard`,
    operation: 'putGuard',
    summary: 'Say which events roll an endpoint back by themselves, how often at most',
    scope: 'deploy',
    params: OfEndpoint,
    body: GuardSpec,
    response: { status: 200, schema: Guard },
    run: async (request) => {
      const guard = await putGuard(request.params.endpoint, request.body, authorOf(request));
      return { body: guard, revision: guard.revision };
    },
  }),
];
