import { checkRobustness } from '../checks/robustness.ts';
import { checkHandler } from '../run-check.ts';

export const handler = checkHandler('robustness', checkRobustness, 10_000, { accepted: true });
