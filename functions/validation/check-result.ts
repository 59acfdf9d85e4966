import type { CheckName } from './evidence.ts';
import type { CheckSummary } from './schema.ts';

/** What the workflow hands to every check. */
export interface CheckEvent {
  readonly id: string;
  readonly model: string;
  readonly version: number;
}

/** What the workflow hears of a check. */
export interface CheckResult {
  readonly check: CheckName;
  readonly status: string;
  /** It came to an end and found nothing critical. */
  readonly clean: boolean;
}

export const resultOf = ({ check, status, figures }: CheckSummary): CheckResult => ({
  check,
  status,
  clean: status === 'completed' && figures?.['critical-findings']?.value === 0,
});
