import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import * as z from 'zod';
import { readEnv } from '#shared/env.ts';
import { catalogue, EVENT_SOURCE, type EventName } from '../../events/catalogue.ts';

const client = new EventBridgeClient({});
const env = () => readEnv(z.object({ EVENT_BUS_NAME: z.string().min(1) }));

/** PutEvents takes no more at once. */
const BATCH = 10;

/** What an audit entry must hold to become an event; the rest of it is for the log. */
const Publishable = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  actor: z.string(),
  event: z.object({
    name: z.enum(Object.keys(catalogue) as [EventName, ...EventName[]]),
    detail: z.record(z.string(), z.unknown()),
  }),
});
export type Publishable = z.infer<typeof Publishable>;

/** The entry as far as an event needs it, or undefined where no event can be made of it. */
export const publishable = (entry: unknown): Publishable | undefined =>
  Publishable.safeParse(entry).data;

/**
 * Puts the events of audit entries on the bus; answers the position of the first not taken.
 *
 * @throws what the bus says where it took none at all
 */
export async function publish(entries: readonly Publishable[]): Promise<number | undefined> {
  for (let start = 0; start < entries.length; start += BATCH) {
    const refused = await put(entries.slice(start, start + BATCH)).catch((error: unknown) => {
      if (start === 0) throw error;
      return 0;
    });
    if (refused >= 0) return start + refused;
  }
  return undefined;
}

/** Answers the position of the first that was refused, or -1. */
async function put(entries: readonly Publishable[]): Promise<number> {
  const answer = await client.send(new PutEventsCommand({ Entries: entries.map(toBusEntry) }));
  return (answer.Entries ?? []).findIndex(({ ErrorCode }) => ErrorCode !== undefined);
}

function toBusEntry({ id, at, actor, event }: Publishable) {
  return {
    EventBusName: env().EVENT_BUS_NAME,
    Source: EVENT_SOURCE,
    DetailType: event.name,
    Time: new Date(at),
    Detail: JSON.stringify({ id, at, actor, ...event.detail }),
  };
}
