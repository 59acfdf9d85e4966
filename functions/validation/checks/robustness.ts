import type { Check } from '../examination.ts';

export const checkRobustness: Check<'robustness'> = async () => ({
  status: 'skipped',
  reason: 'not measured yet',
});
