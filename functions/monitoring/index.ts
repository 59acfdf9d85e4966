export { examples } from './examples.ts';
export { type Watched, watchedNow } from './latest.ts';
export { trainingProfile } from './reference.ts';
export { routes } from './routes.ts';
export * as schemas from './schemas.ts';
