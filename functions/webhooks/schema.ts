import * as z from 'zod';
import { EndpointName } from '#slices/deployments';
import { ModelName } from '#slices/registry';
import { catalogue, type EventName } from '../../events/catalogue.ts';

const EVENT_NAMES = Object.keys(catalogue) as [EventName, ...EventName[]];

export const OfWebhook = z.strictObject({ webhook: z.ulid() });
export const OfDelivery = OfWebhook.extend({ delivery: z.ulid() });

export const NewWebhook = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
    .max(2048)
    .describe('https, and nothing private, unless the deployer allows it'),
  events: z
    .array(z.enum(EVENT_NAMES))
    .min(1)
    .max(EVENT_NAMES.length)
    .describe('What it hears of; the events are those on the bus'),
  endpoint: EndpointName.optional().describe('Only events of this endpoint'),
  model: ModelName.optional().describe('Only events of this model'),
  description: z.string().max(1000).default(''),
});

/** An event in MLflow's terms. */
export const MlflowEvent = z.object({
  entity: z.enum(['REGISTERED_MODEL', 'MODEL_VERSION', 'MODEL_VERSION_TAG', 'MODEL_VERSION_ALIAS']),
  action: z.enum(['CREATED', 'SET', 'DELETED']),
});

export const Webhook = z.object({
  ...NewWebhook.shape,
  mlflow: z
    .object({
      workspace: z.string(),
      name: z.string(),
      status: z.enum(['ACTIVE', 'DISABLED']),
      events: z.array(MlflowEvent),
      signed: z.boolean().describe('Whether it has a secret'),
      updatedAt: z.iso.datetime(),
    })
    .optional()
    .describe("Made by a client of MLflow's, and told in its words"),
  id: z.ulid(),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
});

export const CreatedWebhook = Webhook.extend({
  secret: z.string().describe('Shown this once: what deliveries are signed with'),
});

/** What is sent, as it is sent. */
export const Delivery = z.object({
  id: z.ulid().describe('Of the event: the same in each attempt'),
  event: z.enum([...EVENT_NAMES, 'Ping']),
  status: z.enum(['pending', 'delivered', 'failed']),
  attempts: z.int().nonnegative(),
  answer: z.int().optional().describe('HTTP status of the last attempt'),
  error: z.string().optional().describe('Why the last attempt failed'),
  createdAt: z.iso.datetime(),
  lastAttemptAt: z.iso.datetime().optional(),
});

/** With the bytes that are signed, and how often the worker has begun on it. */
export const DeliveryRecord = Delivery.extend({ body: z.string(), rounds: z.int().nonnegative() });

export type NewWebhook = z.infer<typeof NewWebhook>;
export type MlflowEvent = z.infer<typeof MlflowEvent>;
export type Webhook = z.infer<typeof Webhook>;
export type Delivery = z.infer<typeof Delivery>;
export type DeliveryRecord = z.infer<typeof DeliveryRecord>;
