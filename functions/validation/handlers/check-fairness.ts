import { checkFairness } from '../checks/fairness.ts';
import { checkHandler } from '../run-check.ts';

export const handler = checkHandler('fairness', checkFairness, 1_000_000, { accepted: true });
