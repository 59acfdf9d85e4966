import type { CheckEvent } from '../check-result.ts';
import { type CaughtError, conclude } from '../workflow.ts';

interface Examined extends CheckEvent {
  /** The workflow's state: where the artifact is unsafe, the others were left out. */
  readonly results: { readonly artifact: CaughtError; readonly others?: readonly CaughtError[] };
}

export const handler = async ({ results, ...event }: Examined): Promise<{ status: string }> => {
  const { status } = await conclude(event, [results.artifact, ...(results.others ?? [])]);
  return { status };
};
