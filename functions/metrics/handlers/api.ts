import { httpApi } from '#shared/http.ts';
import { routes } from '../routes.ts';

/** /metrics */
export const handler = httpApi(routes);
