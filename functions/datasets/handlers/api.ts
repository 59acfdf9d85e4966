import { httpApi } from '#shared/http.ts';
import { routes } from '../routes.ts';

/** /api/v1/datasets */
export const handler = httpApi(routes);
