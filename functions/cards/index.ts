export { buildCard } from './build.ts';
export { examples } from './examples.ts';
export { loadFacts } from './facts.ts';
export { missingForTraffic } from './missing.ts';
export { routes } from './routes.ts';
export * as schemas from './schema.ts';
