import { checkPerformance } from '../checks/performance.ts';
import { checkHandler } from '../run-check.ts';

export const handler = checkHandler('performance', checkPerformance, 10_000);
