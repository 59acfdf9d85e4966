import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { ulid } from 'ulid';
import { AppError, invalidField } from '#core/errors.ts';
import { table, transact } from '#shared/dynamo.ts';
import { keys, WEBHOOKS_INDEX } from '#shared/keys.ts';
import { auditWrite } from '#slices/governance';
import type { By } from '#slices/registry';
import type { Space } from '#slices/tracking';
import { checkUrl } from './addresses.ts';
import { allWebhooks } from './dispatch.ts';
import { namesFor } from './mlflow-events.ts';
import type { MlflowEvent, Webhook } from './schema.ts';
import { settings } from './settings.ts';
import { findWebhook, removeSecret } from './store.ts';
import { about, checkRoom, subjectOf } from './webhooks.ts';

export type MlflowWebhook = Webhook & { readonly mlflow: NonNullable<Webhook['mlflow']> };

/** What an MLflow client says of a webhook; of a change, what is to be another. */
export interface MlflowPatch {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly url?: string | undefined;
  readonly events?: readonly MlflowEvent[] | undefined;
  readonly secret?: string | undefined;
  readonly status?: 'ACTIVE' | 'DISABLED' | undefined;
}

/** @throws AppError `not-found` for what is no webhook of the workspace's */
export async function getMlflowWebhook(space: Space, id: string): Promise<MlflowWebhook> {
  const found = ULID.test(id) ? await findWebhook(id) : undefined;
  if (found?.mlflow?.workspace === space) return found as MlflowWebhook;
  throw new AppError('not-found', `Webhook with ID ${id} not found.`);
}

const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;

export async function listMlflowWebhooks(space: Space): Promise<MlflowWebhook[]> {
  const found: MlflowWebhook[] = [];
  for await (const webhook of allWebhooks()) {
    if (webhook.mlflow?.workspace === space) found.push(webhook as MlflowWebhook);
  }
  return found;
}

/** @throws AppError `invalid`; `conflict` where there are too many */
export async function createMlflowWebhook(
  space: Space,
  { name = '', description = '', url = '', events = [], secret, status = 'ACTIVE' }: MlflowPatch,
  by: By,
  now = new Date(),
): Promise<MlflowWebhook> {
  await checkRoom();
  const at = now.toISOString();
  const webhook: MlflowWebhook = {
    ...{ id: ulid(now.getTime()), url, description, createdAt: at, createdBy: by.actor },
    events: namesFor(events),
    mlflow: {
      ...{ workspace: space, name, status, events: [...events], signed: !!secret },
      updatedAt: at,
    },
  };
  await save(webhook, { secret, isNew: true }, by, now);
  return webhook;
}

export async function updateMlflowWebhook(
  space: Space,
  id: string,
  { secret, ...patch }: MlflowPatch,
  by: By,
  now = new Date(),
): Promise<MlflowWebhook> {
  const before = await getMlflowWebhook(space, id);
  const { mlflow } = before;
  const events = patch.events ?? mlflow.events;
  const after: MlflowWebhook = {
    ...before,
    ...{ url: patch.url ?? before.url, events: namesFor(events) },
    description: patch.description ?? before.description,
    mlflow: {
      ...{ workspace: space, name: patch.name ?? mlflow.name, events: [...events] },
      ...{ status: patch.status ?? mlflow.status, updatedAt: now.toISOString() },
      signed: secret === undefined ? mlflow.signed : secret !== '',
    },
  };
  await save(after, { secret, isNew: false }, by, now);
  return after;
}

interface Saving {
  /** The empty one takes the one before away; undefined leaves it. */
  readonly secret: string | undefined;
  readonly isNew: boolean;
}

async function save(webhook: MlflowWebhook, { secret, isNew }: Saving, by: By, now: Date) {
  checkUrl(webhook.url, settings().PRIVATE_ADDRESSES);
  const { id } = webhook;
  const { documents, name: TableName } = table();
  // First: what is delivered from now on is signed with it.
  if (secret) {
    const Item = { ...keys.webhookSecret(id), secret };
    await documents.send(new PutCommand({ TableName, Item }));
  } else if (secret === '' && !isNew) await removeSecret(id);
  const name = isNew ? 'WebhookCreated' : 'WebhookUpdated';
  const event = { name, detail: subjectOf(webhook) } as const;
  const verb = isNew ? 'create' : 'update';
  const condition = isNew ? 'attribute_not_exists(pk)' : 'attribute_exists(pk)';
  const failed = await transact([
    {
      Put: {
        TableName,
        Item: { ...keys.webhook(id), gsi1pk: WEBHOOKS_INDEX, gsi1sk: id, ...webhook },
        ConditionExpression: condition,
      },
    },
    auditWrite({ ...about(id, verb, by), after: subjectOf(webhook), event, at: now }),
  ]);
  if (failed !== undefined) throw invalidField('webhook_id', 'was deleted meanwhile');
}
