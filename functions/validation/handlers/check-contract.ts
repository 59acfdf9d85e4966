import { checkContract } from '../checks/contract.ts';
import { checkHandler } from '../run-check.ts';

export const handler = checkHandler('contract', checkContract, 100_000);
