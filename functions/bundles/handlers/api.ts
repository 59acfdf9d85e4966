import { httpApi } from '#shared/http.ts';
import { routes } from '../routes.ts';

/** Bundles for devices: what signs them takes nothing from devices. */
export const handler = httpApi(routes);
