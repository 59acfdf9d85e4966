import * as z from 'zod';
import { deliver } from '../deliver.ts';

const Errand = z.object({ webhook: z.ulid(), delivery: z.ulid() });

/** One delivery that was handed over; an error has Lambda try again. */
export const handler = async (event: unknown): Promise<void> => deliver(Errand.parse(event));
