import { checkQuality } from '../checks/quality.ts';
import { checkHandler } from '../run-check.ts';

export const handler = checkHandler('quality', checkQuality, 1_000_000, { accepted: true });
