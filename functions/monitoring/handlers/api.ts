import { httpApi } from '#shared/http.ts';
import { routes } from '../routes.ts';

/** /api/v1/endpoints/{endpoint}/monitor and …/reports */
export const handler = httpApi(routes);
