import { type Attempt, finishJob } from '../workflow.ts';

export const handler = async (of: Attempt): Promise<{ status: string }> => ({
  status: (await finishJob(of)).status,
});
