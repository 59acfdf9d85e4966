import type { EventName } from '../../events/catalogue.ts';
import { hand } from './hand.ts';
import { mlflowDeliveries } from './mlflow-deliveries.ts';
import type { DeliveryRecord, Webhook } from './schema.ts';
import { listWebhooks, readDelivery, writeDelivery } from './store.ts';
import { deliveryOf } from './webhooks.ts';

/** An event from the bus, as far as webhooks look into it. */
export interface BusEvent {
  readonly name: EventName;
  readonly detail: {
    readonly id: string;
    readonly endpoint?: string | undefined;
    readonly model?: string | undefined;
  };
}

/** Hands an event over for each webhook that wants it; the same event again changes nothing. */
export async function dispatch(event: BusEvent, now = new Date()): Promise<void> {
  for await (const webhook of allWebhooks()) {
    if (!wants(webhook, event)) continue;
    const { name, detail } = event;
    const deliveries = webhook.mlflow
      ? await mlflowDeliveries(webhook, event, now)
      : [deliveryOf({ id: detail.id, event: name, detail }, now)];
    for (const delivery of deliveries) await begin(webhook.id, delivery);
  }
}

async function begin(webhook: string, delivery: DeliveryRecord): Promise<void> {
  const isNew = await writeDelivery(webhook, delivery, { isNew: true });
  // It may have broken off before it was handed over.
  const begun = isNew ? 0 : (await readDelivery(webhook, delivery.id))?.rounds;
  if (begun === 0) await hand({ webhook, delivery: delivery.id });
}

export const wants = (webhook: Webhook, { name, detail }: BusEvent): boolean =>
  webhook.events.includes(name) &&
  (webhook.endpoint === undefined || webhook.endpoint === detail.endpoint) &&
  (webhook.model === undefined || webhook.model === detail.model);

export async function* allWebhooks(): AsyncGenerator<Webhook> {
  let cursor: string | undefined;
  do {
    const page = await listWebhooks({ limit: 100, cursor });
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}
