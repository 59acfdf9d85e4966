import { httpApi } from '#shared/http.ts';
import { ownRoutes } from '../own-routes.ts';

/** /api/v1/health, /api/v1/openapi.json and /api/v1/docs */
export const handler = httpApi(ownRoutes);
