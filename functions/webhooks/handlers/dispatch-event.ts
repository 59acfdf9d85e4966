import * as z from 'zod';
import { catalogue, type EventName } from '../../../events/catalogue.ts';
import { dispatch } from '../dispatch.ts';

const Event = z.object({
  'detail-type': z.enum(Object.keys(catalogue) as [EventName, ...EventName[]]),
  detail: z.looseObject({
    id: z.ulid(),
    endpoint: z.string().optional(),
    model: z.string().optional(),
  }),
});

/** Every event on the bus: to the webhooks that want it. */
export const handler = async (event: unknown): Promise<void> => {
  const { 'detail-type': name, detail } = Event.parse(event);
  await dispatch({ name, detail });
};
