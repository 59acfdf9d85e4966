import { quality } from '../checks/quality.ts';
import { checkHandler } from '../run-check.ts';

export const handler = checkHandler('quality', quality, 1_000_000);
