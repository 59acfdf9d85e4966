export { examples } from './examples.ts';
export { readTable } from './read-table.ts';
export { routes } from './routes.ts';
export type { Dataset } from './schema.ts';
export * as schemas from './schema.ts';
export { findDataset, getDataset, getProfile } from './store.ts';
