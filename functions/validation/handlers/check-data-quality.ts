import { checkDataQuality } from '../checks/data-quality.ts';
import { checkHandler } from '../run-check.ts';

export const handler = checkHandler('data-quality', checkDataQuality, 1_000_000);
