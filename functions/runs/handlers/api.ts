import { httpApi } from '#shared/http.ts';
import { routes } from '../routes.ts';

/** /api/v1/runs/{run} and below */
export const handler = httpApi(routes);
