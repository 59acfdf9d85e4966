import { route } from '#shared/http.ts';
import { idempotencyOf } from '#shared/idempotency.ts';
import { PageQuery, pageOf } from '#slices/registry';
import { CreatedWebhook, Delivery, NewWebhook, OfDelivery, OfWebhook, Webhook } from './schema.ts';
import { getWebhook, listDeliveries, listWebhooks } from './store.ts';
import { createWebhook, deleteWebhook, ping, redeliver } from './webhooks.ts';

const WEBHOOKS = '/api/v1/webhooks';

export const routes = [
  route({
    method: 'POST',
    path: WEBHOOKS,
    operation: 'createWebhook',
    summary: 'Have events sent to a URL, signed; the secret is shown this once',
    scope: 'admin',
    names: 'none',
    repeat: 'by key',
    body: NewWebhook,
    response: { status: 201, location: true, schema: CreatedWebhook },
    run: async (request) => {
      const idempotency = idempotencyOf(request, 'POST /webhooks', request.body);
      const { actor, requestId } = request;
      const made = await createWebhook(request.body, { actor, requestId, idempotency });
      const headers = { location: `${WEBHOOKS}/${made.id}`, 'cache-control': 'no-store' };
      return { body: made, headers };
    },
  }),
  route({
    method: 'GET',
    path: WEBHOOKS,
    operation: 'listWebhooks',
    summary: 'Webhooks, newest first',
    scope: 'admin',
    names: 'none',
    query: PageQuery,
    response: { status: 200, schema: pageOf(Webhook) },
    run: async ({ query }) => ({ body: await listWebhooks(query) }),
  }),
  route({
    method: 'GET',
    path: `${WEBHOOKS}/{webhook}`,
    operation: 'getWebhook',
    summary: 'One webhook: where to, and of what it hears',
    scope: 'admin',
    names: 'none',
    params: OfWebhook,
    response: { status: 200, schema: Webhook },
    run: async ({ params }) => ({ body: await getWebhook(params.webhook) }),
  }),
  route({
    method: 'DELETE',
    path: `${WEBHOOKS}/{webhook}`,
    operation: 'deleteWebhook',
    summary: 'Send it nothing any more, not even what is under way',
    scope: 'admin',
    names: 'none',
    params: OfWebhook,
    response: { status: 204 },
    run: async ({ params, ...by }) => {
      await deleteWebhook(params.webhook, by);
      return {};
    },
  }),
  route({
    method: 'POST',
    path: `${WEBHOOKS}/{webhook}/deliveries`,
    operation: 'pingWebhook',
    summary: 'Send it a `Ping`, as events are sent',
    description: "One that an MLflow client made is sent the example of MLflow's own test.",
    scope: 'admin',
    names: 'none',
    params: OfWebhook,
    response: { status: 202, schema: Delivery },
    run: async ({ params }) => ({ body: Delivery.parse(await ping(params.webhook)) }),
  }),
  route({
    method: 'GET',
    path: `${WEBHOOKS}/{webhook}/deliveries`,
    operation: 'listDeliveries',
    summary: 'What it was sent in the last thirty days, and what came of it, newest first',
    scope: 'admin',
    names: 'none',
    params: OfWebhook,
    query: PageQuery,
    response: { status: 200, schema: pageOf(Delivery) },
    run: async ({ params, query }) => {
      await getWebhook(params.webhook);
      return { body: await listDeliveries(params.webhook, query) };
    },
  }),
  route({
    method: 'POST',
    path: `${WEBHOOKS}/{webhook}/deliveries/{delivery}/attempts`,
    operation: 'redeliver',
    summary: 'Send the same once more',
    scope: 'admin',
    names: 'none',
    params: OfDelivery,
    response: { status: 202, schema: Delivery },
    run: async ({ params }) => ({
      body: Delivery.parse(await redeliver(params.webhook, params.delivery)),
    }),
  }),
];
