import { httpApi } from '#shared/http.ts';
import { routes } from '../routes.ts';

/** /api/v1/endpoints/{endpoint}/rollouts and /guard */
export const handler = httpApi(routes);
