import * as z from 'zod';
import { scoreFile } from '../shadows.ts';

const Event = z.object({ detail: z.object({ object: z.object({ key: z.string() }) }) });

/** On S3's "Object Created" for capture files of endpoints that have shadows. */
export const handler = async (event: unknown): Promise<void> => {
  const { key } = Event.parse(event).detail.object;
  await scoreFile(decodeURIComponent(key));
};
