import { httpApi } from '#shared/http.ts';
import { routes } from '../routes.ts';

/** /api/v1/models/{model}/versions/{version}/card */
export const handler = httpApi(routes);
