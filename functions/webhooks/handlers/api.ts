import { httpApi } from '#shared/http.ts';
import { routes } from '../routes.ts';

/** /api/v1/webhooks */
export const handler = httpApi(routes);
