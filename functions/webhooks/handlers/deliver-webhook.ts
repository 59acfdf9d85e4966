import * as z from 'zod';
import { deliver } from '../deliver.ts';
import { sendTest, TestErrand, type TestResult } from '../mlflow-test.ts';

const Errand = z.union([TestErrand, z.object({ webhook: z.ulid(), delivery: z.ulid() })]);

/** One delivery that was handed over; an error has Lambda try again. Or a test, with its result. */
export const handler = async (event: unknown): Promise<TestResult | undefined> => {
  const errand = Errand.parse(event);
  if ('test' in errand) return sendTest(errand);
  await deliver(errand);
  return undefined;
};
