import { httpApi } from '#shared/http.ts';
import { deviceRoutes } from '../device-routes.ts';

/** What devices fetch and send. */
export const handler = httpApi(deviceRoutes);
