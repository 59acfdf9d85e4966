import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { AppError } from '#core/errors.ts';
import {
  getItem,
  newestPage,
  type Page,
  type PageRequest,
  queryPage,
  table,
} from '#shared/dynamo.ts';
import { keys, WEBHOOKS_INDEX } from '#shared/keys.ts';
import { Delivery, DeliveryRecord, Webhook } from './schema.ts';

const KEPT_SECONDS = 30 * 86_400;

export async function findWebhook(id: string): Promise<Webhook | undefined> {
  const item = await getItem(keys.webhook(id));
  return item && Webhook.parse(item);
}

/** @throws AppError `not-found` */
export async function getWebhook(id: string): Promise<Webhook> {
  const found = await findWebhook(id);
  if (!found) throw new AppError('not-found', `there is no webhook "${id}"`);
  return found;
}

/** Newest first. */
export async function listWebhooks(page: PageRequest): Promise<Page<Webhook>> {
  const query = {
    IndexName: 'gsi1',
    KeyConditionExpression: 'gsi1pk = :pk',
    ExpressionAttributeValues: { ':pk': WEBHOOKS_INDEX },
    ScanIndexForward: false,
  };
  const keyOf = (id: string) => ({ ...keys.webhook(id), gsi1pk: WEBHOOKS_INDEX, gsi1sk: id });
  const found = await queryPage(query, page, keyOf);
  return { ...found, items: found.items.map((item) => Webhook.parse(item)) };
}

export async function readSecret(webhook: string): Promise<string | undefined> {
  return (await getItem(keys.webhookSecret(webhook)))?.secret as string | undefined;
}

export async function removeSecret(webhook: string): Promise<void> {
  const { documents, name } = table();
  await documents.send(new DeleteCommand({ TableName: name, Key: keys.webhookSecret(webhook) }));
}

export async function readDelivery(
  webhook: string,
  id: string,
): Promise<DeliveryRecord | undefined> {
  const item = await getItem(keys.webhookDelivery(webhook, id));
  return item && DeliveryRecord.parse(item);
}

/** What must be there for a write to happen. */
interface Expected {
  /** Nothing. */
  readonly isNew?: boolean;
  /** The delivery, begun so often. */
  readonly rounds?: number;
}

/** @returns false where it is there already, if it must not be, or has been begun again since */
export async function writeDelivery(
  webhook: string,
  delivery: DeliveryRecord,
  { isNew = false, rounds }: Expected = {},
): Promise<boolean> {
  const { documents, name } = table();
  const expiresAt = Math.floor(Date.parse(delivery.createdAt) / 1000) + KEPT_SECONDS;
  const Item = { ...keys.webhookDelivery(webhook, delivery.id), ...delivery, expiresAt };
  const condition = isNew
    ? { ConditionExpression: 'attribute_not_exists(pk)' }
    : rounds !== undefined && {
        ConditionExpression: 'rounds = :seen',
        ExpressionAttributeValues: { ':seen': rounds },
      };
  try {
    await documents.send(new PutCommand({ TableName: name, Item, ...condition }));
    return true;
  } catch (error) {
    if ((error as Error).name !== 'ConditionalCheckFailedException') throw error;
    return false;
  }
}

/** Newest first; of the last thirty days. */
export async function listDeliveries(webhook: string, page: PageRequest): Promise<Page<Delivery>> {
  const found = await newestPage(keys.webhook(webhook).pk, 'DELIVERY#', page);
  return { ...found, items: found.items.map((item) => Delivery.parse(item)) };
}
