import type { CheckEvent } from '../check-result.ts';
import { begin } from '../workflow.ts';

interface Started extends CheckEvent {
  readonly execution: string;
}

export const handler = ({ execution, ...event }: Started): Promise<{ proceed: boolean }> =>
  begin(event, execution);
