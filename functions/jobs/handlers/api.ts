import { httpApi } from '#shared/http.ts';
import { routes } from '../routes.ts';

export const handler = httpApi(routes);
