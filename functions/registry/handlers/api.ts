import { httpApi } from '#shared/http.ts';
import { routes } from '../routes.ts';

/** /api/v1/models, /api/v1/uploads, /api/v1/registrations */
export const handler = httpApi(routes);
