import * as z from 'zod';
import { runRegistration } from '../registrations.ts';
import { DatasetName } from '../schema.ts';

const Job = z.object({ dataset: DatasetName, registrationId: z.ulid() });

/** Invoked asynchronously by the datasets' API for files that take longer than a request may. */
export const handler = async (event: unknown): Promise<void> => {
  const { dataset, registrationId } = Job.parse(event);
  await runRegistration(dataset, registrationId);
};
