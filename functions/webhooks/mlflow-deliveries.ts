import { AppError } from '#core/errors.ts';
import { nameIn } from '#core/mlflow/names.ts';
import { getModel, getVersionHead } from '#slices/registry';
import type { BusEvent } from './dispatch.ts';
import { bodyOf, type MlflowMessage, messagesOf } from './mlflow-events.ts';
import type { DeliveryRecord, Webhook } from './schema.ts';

/** What a webhook of MLflow's is sent of an event. */
export async function mlflowDeliveries(
  { mlflow }: Webhook,
  event: BusEvent,
  now: Date,
): Promise<DeliveryRecord[]> {
  const { id, model } = event.detail;
  if (mlflow?.status !== 'ACTIVE' || model === undefined) return [];
  const name = nameIn(mlflow.workspace, model);
  if (name === undefined) return [];
  const heard = messagesOf(event, name).filter(({ entity, action }) =>
    mlflow.events.some((wanted) => wanted.entity === entity && wanted.action === action),
  );
  const createdAt = now.toISOString();
  return Promise.all(
    heard.map(async (message, i) => ({
      ...{ id: idOf(id, i), event: event.name, status: 'pending' as const, attempts: 0, rounds: 0 },
      ...{ createdAt, body: bodyOf(message, await dataOf(message, model), now) },
    })),
  );
}

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** One id for each part of an event, the same whenever it is looked at: a ULID's end is random. */
function idOf(event: string, part: number): string {
  if (part === 0) return event;
  return `${event.slice(0, -2)}${DIGITS[(part >> 5) & 31]}${DIGITS[part & 31]}`;
}

/** With what the event leaves out: as it is by now. */
async function dataOf({ entity, data }: MlflowMessage, model: string): Promise<object> {
  if (entity === 'REGISTERED_MODEL') {
    const { tags, description } = (await getModel(model).catch(isGone)) ?? GONE;
    return { ...data, tags, description: description || null };
  }
  if (entity !== 'MODEL_VERSION') return data;
  const head = await getVersionHead(model, Number(data.version)).catch(isGone);
  const { tags, description } = head ?? GONE;
  const { source = '', runId } = head?.mlflow ?? {};
  return { ...data, source, run_id: runId ?? null, tags, description: description || null };
}

const GONE = { tags: {}, description: '' };

const isGone = (error: unknown): undefined => {
  if (error instanceof AppError && error.code === 'not-found') return undefined;
  throw error;
};
