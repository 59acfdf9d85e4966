import { deviceRoutes } from './device-routes.ts';
import { routes as bundleRoutes } from './routes.ts';

export { examples } from './examples.ts';
export * as schemas from './schema.ts';
export const routes = [...bundleRoutes, ...deviceRoutes];
