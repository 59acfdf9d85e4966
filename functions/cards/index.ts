export { buildCard } from './build.ts';
export { loadFacts } from './facts.ts';
export { missingForTraffic } from './missing.ts';
export { routes } from './routes.ts';
