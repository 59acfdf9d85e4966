import { httpApi } from '#shared/http.ts';
import { routes } from '../routes.ts';

/** Bundles for devices, and what devices send. */
export const handler = httpApi(routes);
