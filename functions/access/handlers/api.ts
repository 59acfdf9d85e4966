import { httpApi } from '#shared/http.ts';
import { routes } from '../routes.ts';

/** /api/v1/tokens and below */
export const handler = httpApi(routes);
