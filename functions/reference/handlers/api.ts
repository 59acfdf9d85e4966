import { httpApi } from '#shared/http.ts';
import { ownRoutes } from '../routes.ts';

/** /api/v1/health and /api/v1/openapi.json */
export const handler = httpApi(ownRoutes);
