import { checkExplainability } from '../checks/explainability.ts';
import { checkHandler } from '../run-check.ts';

export const handler = checkHandler('explainability', checkExplainability, 20_000, {
  accepted: true,
});
