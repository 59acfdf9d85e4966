import { ulid } from 'ulid';
import { AppError } from '#core/errors.ts';
import { table, transact } from '#shared/dynamo.ts';
import { earlierResult, type Idempotency, rememberWrite } from '#shared/idempotency.ts';
import { keys, WEBHOOKS_INDEX } from '#shared/keys.ts';
import { auditWrite } from '#slices/governance';
import type { By } from '#slices/registry';
import { checkUrl } from './addresses.ts';
import { hand } from './hand.ts';
import { bodyOf, exampleOf } from './mlflow-events.ts';
import type { Delivery, DeliveryRecord, MlflowEvent, NewWebhook, Webhook } from './schema.ts';
import { settings } from './settings.ts';
import { makeSecret } from './signature.ts';
import { getWebhook, listWebhooks, readDelivery, removeSecret, writeDelivery } from './store.ts';

/** Each event asks all of them. */
const MOST = 100;

/**
 * The secret is in this answer and in no other.
 *
 * @throws AppError `invalid`; `conflict` where there are too many, and for a repeated idempotency
 *   key: the secret cannot be had again
 */
export async function createWebhook(
  wanted: NewWebhook,
  by: By & { readonly idempotency?: Idempotency | undefined },
  now = new Date(),
): Promise<Webhook & { secret: string }> {
  checkUrl(wanted.url, settings().PRIVATE_ADDRESSES);
  const earlier = await earlierResult(by.idempotency);
  if (earlier !== undefined) throw shownBefore(earlier);
  await checkRoom();
  const id = ulid(now.getTime());
  const webhook = { ...wanted, id, createdAt: now.toISOString(), createdBy: by.actor };
  const secret = makeSecret();
  const TableName = table().name;
  const event = { name: 'WebhookCreated', detail: subjectOf(webhook) } as const;
  const remember = by.idempotency ? [rememberWrite(by.idempotency, id, now)] : [];
  const failed = await transact([
    {
      Put: {
        TableName,
        Item: { ...keys.webhook(id), gsi1pk: WEBHOOKS_INDEX, gsi1sk: id, ...webhook },
        ConditionExpression: 'attribute_not_exists(pk)',
      },
    },
    { Put: { TableName, Item: { ...keys.webhookSecret(id), secret } } },
    auditWrite({ ...about(id, 'create', by), after: subjectOf(webhook), event, at: now }),
    ...remember,
  ]);
  if (failed !== undefined) throw shownBefore((await earlierResult(by.idempotency)) ?? id);
  return { ...webhook, secret };
}

/** @throws AppError `conflict` where there are too many */
export async function checkRoom(): Promise<void> {
  const { items } = await listWebhooks({ limit: MOST });
  if (items.length < MOST) return;
  throw new AppError('conflict', `there are ${MOST} webhooks already: delete one first`);
}

/** What is under way is not sent any more. @throws AppError `not-found` */
export async function deleteWebhook(id: string, by: By, now = new Date()): Promise<void> {
  const before = await getWebhook(id);
  await removeSecret(id);
  const event = { name: 'WebhookDeleted', detail: subjectOf(before) } as const;
  await transact([
    {
      Delete: {
        TableName: table().name,
        Key: keys.webhook(id),
        ConditionExpression: 'attribute_exists(pk)',
      },
    },
    auditWrite({ ...about(id, 'delete', by), before: subjectOf(before), event, at: now }),
  ]);
}

/**
 * Sends a `Ping`, as any event is sent; to a webhook of MLflow's what MLflow's test sends, which is
 * what its receiver understands.
 * @throws AppError `not-found`
 */
export async function ping(webhook: string, now = new Date()): Promise<Delivery> {
  const { mlflow } = await getWebhook(webhook);
  const id = ulid(now.getTime());
  const made = deliveryOf({ id, event: 'Ping', detail: { webhook } }, now);
  const test = mlflow?.events[0] as MlflowEvent;
  const delivery = mlflow ? { ...made, body: bodyOf(test, exampleOf(test), now) } : made;
  await writeDelivery(webhook, delivery, { isNew: true });
  await hand({ webhook, delivery: id });
  return delivery;
}

/** Sends what was sent before once more, with all attempts. @throws AppError `not-found` */
export async function redeliver(webhook: string, id: string): Promise<Delivery> {
  await getWebhook(webhook);
  const found = await readDelivery(webhook, id);
  if (!found) throw new AppError('not-found', `webhook "${webhook}" has no delivery ${id}`);
  const again: DeliveryRecord = { ...found, status: 'pending', rounds: 0 };
  await writeDelivery(webhook, again);
  await hand({ webhook, delivery: id });
  return again;
}

/** What is sent of an event: `type`, `timestamp` and `data`, as Standard Webhooks has it. */
export function deliveryOf(
  { id, event, detail }: { id: string; event: Delivery['event']; detail: object },
  now: Date,
): DeliveryRecord {
  const createdAt = now.toISOString();
  const body = JSON.stringify({ type: event, timestamp: createdAt, data: detail });
  return { id, event, status: 'pending', attempts: 0, rounds: 0, createdAt, body };
}

/** Whoever may read the audit log is told the host alone: the rest of a URL may be a secret. */
export const subjectOf = ({ id, url, events }: Webhook) => ({
  ...{ webhook: id, host: new URL(url).host, events },
});

const shownBefore = (id: string): AppError =>
  new AppError(
    'conflict',
    `a webhook was made for this Idempotency-Key and its secret shown once: its id is ${id}. Delete it and make another with a new key if the secret was lost`,
  );

export const about = (id: string, verb: string, { actor, requestId }: By) => ({
  ...{ actor, requestId, action: `webhook.${verb}`, resource: `webhook/${id}` },
});
