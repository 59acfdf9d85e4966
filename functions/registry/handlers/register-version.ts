import * as z from 'zod';
import { runRegistration } from '../registrations.ts';

const Job = z.object({ registrationId: z.ulid() });

/** Invoked asynchronously by the registry's API for artifacts that take longer than a request may. */
export const handler = async (event: unknown): Promise<void> =>
  runRegistration(Job.parse(event).registrationId);
