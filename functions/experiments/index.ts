export { examples } from './examples.ts';
export { pooled, readOutcomes } from './outcomes.ts';
export { routes } from './routes.ts';
export * as schemas from './schema.ts';
