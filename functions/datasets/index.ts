export { readTable } from './read-table.ts';
export type { Dataset } from './schema.ts';
export { findDataset, getDataset } from './store.ts';
