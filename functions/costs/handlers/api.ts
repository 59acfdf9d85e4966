import { httpApi } from '#shared/http.ts';
import { routes } from '../routes.ts';

/** Costs of endpoints and models, and budgets */
export const handler = httpApi(routes);
