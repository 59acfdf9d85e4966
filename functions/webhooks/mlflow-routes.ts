import * as z from 'zod';
import {
  listPage,
  type MlflowAnswer,
  mlflow,
  pageText,
  Required,
  readOffset,
  Text,
  upTo,
} from '#slices/tracking';
import { handTest } from './hand.ts';
import { isKnown } from './mlflow-events.ts';
import {
  createMlflowWebhook,
  getMlflowWebhook,
  listMlflowWebhooks,
  type MlflowWebhook,
  updateMlflowWebhook,
} from './mlflow-webhooks.ts';
import { MlflowEvent } from './schema.ts';
import { deleteWebhook } from './webhooks.ts';

const WEBHOOKS = '/api/2.0/mlflow/webhooks';
const ONE = `${WEBHOOKS}/{webhook_id}`;

const Name = z
  .string()
  .regex(
    /^[a-zA-Z0-9]([a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?$/,
    'must have 1 to 63 letters, digits, ".", "_" or "-", a letter or digit at both ends',
  );
const Event = MlflowEvent.refine(isKnown, 'is no event of the model registry');
const Url = Required.pipe(
  z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).max(2048),
);
const Change = z.object({
  ...{ name: Name.optional(), url: Url.optional(), description: z.string().max(1000).optional() },
  ...{ secret: z.string().max(1000).optional(), status: z.enum(['ACTIVE', 'DISABLED']).optional() },
  events: z.array(Event).max(20).optional(),
});
const Created = Change.extend({ name: Name, url: Url, events: z.array(Event).min(1).max(20) });

const writeWebhook = ({ id, url, description, createdAt, mlflow: about }: MlflowWebhook) => ({
  ...{ webhook_id: id, name: about.name, description, url, events: about.events },
  ...{ status: about.status, creation_timestamp: Date.parse(createdAt) },
  last_updated_timestamp: Date.parse(about.updatedAt),
});
const one = (webhook: MlflowWebhook): MlflowAnswer => ({
  json: { webhook: writeWebhook(webhook) },
});

/** The webhooks of MLflow's registry. */
export const mlflowRoutes = [
  mlflow({
    method: 'POST',
    path: WEBHOOKS,
    scope: 'admin',
    request: Created,
    run: async ({ space, body, by }) => one(await createMlflowWebhook(space, body, by)),
  }),
  mlflow({
    method: 'GET',
    path: WEBHOOKS,
    scope: 'admin',
    request: z.object({ max_results: upTo(1000, 100), page_token: Text }),
    run: async ({ space, body }) => {
      const write = (webhook: MlflowWebhook) => JSON.stringify(writeWebhook(webhook));
      const all = await listMlflowWebhooks(space);
      const page = listPage(all, readOffset(body.page_token), { limit: body.max_results, write });
      return { text: pageText('webhooks', page) };
    },
  }),
  mlflow({
    method: 'GET',
    path: ONE,
    scope: 'admin',
    run: async ({ space, params }) =>
      one(await getMlflowWebhook(space, params.webhook_id as string)),
  }),
  mlflow({
    method: 'PATCH',
    path: ONE,
    scope: 'admin',
    request: Change,
    run: async ({ space, params, body, by }) => {
      const { events, ...rest } = body;
      // Of protocol buffers, an empty list says that nothing was given.
      const patch = { ...rest, ...(events && events.length > 0 && { events }) };
      return one(await updateMlflowWebhook(space, params.webhook_id as string, patch, by));
    },
  }),
  mlflow({
    method: 'DELETE',
    path: ONE,
    scope: 'admin',
    run: async ({ space, params, by }) => {
      const { id } = await getMlflowWebhook(space, params.webhook_id as string);
      await deleteWebhook(id, by);
      return { json: {} };
    },
  }),
  mlflow({
    method: 'POST',
    path: `${ONE}/test`,
    scope: 'admin',
    request: z.object({ event: Event.optional() }),
    run: async ({ space, params, body }) => {
      const { id, mlflow: about } = await getMlflowWebhook(space, params.webhook_id as string);
      const test = body.event ?? (about.events[0] as MlflowEvent);
      return { json: { result: await handTest(id, test) } };
    },
  }),
];
