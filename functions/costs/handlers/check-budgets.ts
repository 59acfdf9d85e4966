import { checkBudgets } from '../budgets.ts';

/** On a schedule. */
export const handler = async (): Promise<void> => checkBudgets();
