import { setTimeout as sleep } from 'node:timers/promises';
import { logger } from '#shared/observability.ts';
import type { Errand } from './hand.ts';
import type { DeliveryRecord, Webhook } from './schema.ts';
import { post } from './send.ts';
import { settings } from './settings.ts';
import { mlflowHeaders, signedHeaders } from './signature.ts';
import { findWebhook, readDelivery, readSecret, writeDelivery } from './store.ts';

/** Within one call; then Lambda calls again, after one minute and after two. */
const PAUSES_MS = [0, 1_000, 5_000];
/** Of calls: as often as infra/constructs/webhooks.ts has Lambda try. */
const ROUNDS = 3;
/** The receiver says that it is gone for good. */
const GONE = 410;

export class Undelivered extends Error {}

/**
 * Delivers what was handed over: once it is delivered, never again.
 * @throws Undelivered where no attempt of this call came through
 */
export async function deliver({ webhook: id, delivery: wanted }: Errand): Promise<void> {
  const [webhook, secret, found] = await Promise.all([
    findWebhook(id),
    readSecret(id),
    readDelivery(id, wanted),
  ]);
  if (!webhook || !found || found.status !== 'pending') return;
  // Without its secret a webhook is on its way out; some of MLflow never had one.
  if (!secret && webhook.mlflow?.signed !== false) return;
  let delivery: DeliveryRecord = { ...found, rounds: found.rounds + 1 };
  // Noted first: a worker that dies while it sends has had its round.
  if (!(await writeDelivery(id, delivery, { rounds: found.rounds }))) {
    throw new Undelivered(`webhook ${id}, delivery ${wanted}: another call has begun on it`);
  }
  for (const pause of PAUSES_MS) {
    await sleep(pause);
    delivery = await attempt(webhook, secret, delivery);
    await writeDelivery(id, delivery);
    if (delivery.status === 'delivered') return;
    if (delivery.status === 'failed') break;
  }
  const isLast = delivery.rounds >= ROUNDS || delivery.status === 'failed';
  if (isLast) await writeDelivery(id, { ...delivery, status: 'failed' });
  const { attempts, error, answer } = delivery;
  const reason = error ?? `answered ${answer}`;
  logger.warn('webhook not delivered', { webhook: id, delivery: wanted, attempts, reason });
  if (delivery.status === 'failed') return;
  throw new Undelivered(`webhook ${id}, delivery ${wanted}: ${reason}`);
}

async function attempt(
  { url, mlflow }: Webhook,
  secret: string | undefined,
  delivery: DeliveryRecord,
): Promise<DeliveryRecord> {
  const { answer: _answer, error: _error, ...before } = delivery;
  const now = new Date();
  const made = { ...before, attempts: before.attempts + 1, lastAttemptAt: now.toISOString() };
  const { id, body } = delivery;
  const message = { id, body, timestamp: Math.floor(now.getTime() / 1000) };
  const headers = mlflow
    ? mlflowHeaders(secret, message)
    : signedHeaders(secret as string, message);
  try {
    const allowPrivate = settings().PRIVATE_ADDRESSES;
    const answer = await post({ url, headers, body, allowPrivate });
    if (answer >= 200 && answer < 300) return { ...made, answer, status: 'delivered' };
    return { ...made, answer, status: answer === GONE ? 'failed' : 'pending' };
  } catch (error) {
    return { ...made, error: (error as Error).message.slice(0, 500) };
  }
}
