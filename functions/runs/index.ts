export { examples } from './examples.ts';
export { routes } from './routes.ts';
export * as schemas from './schema.ts';
