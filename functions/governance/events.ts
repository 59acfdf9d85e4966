import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import * as z from 'zod';
import type { Item } from '#shared/dynamo.ts';
import { readEnv } from '#shared/env.ts';
import { EVENT_SOURCE } from '../../events/catalogue.ts';

const client = new EventBridgeClient({});
const env = () => readEnv(z.object({ EVENT_BUS_NAME: z.string().min(1) }));

/** PutEvents takes no more at once. */
const BATCH = 10;

/** Puts the events of audit entries on the bus; answers the position of the first not taken. */
export async function publish(entries: readonly Item[]): Promise<number | undefined> {
  for (let start = 0; start < entries.length; start += BATCH) {
    const answer = await client.send(
      new PutEventsCommand({ Entries: entries.slice(start, start + BATCH).map(toBusEntry) }),
    );
    const refused = (answer.Entries ?? []).findIndex((entry) => entry.ErrorCode !== undefined);
    if (refused >= 0) return start + refused;
  }
  return undefined;
}

function toBusEntry(entry: Item) {
  const { name, detail } = entry.event as { name: string; detail: Item };
  return {
    EventBusName: env().EVENT_BUS_NAME,
    Source: EVENT_SOURCE,
    DetailType: name,
    Time: new Date(String(entry.at)),
    Detail: JSON.stringify({ id: entry.id, at: entry.at, actor: entry.actor, ...detail }),
  };
}
