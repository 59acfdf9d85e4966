export { examples } from './examples.ts';
export { isFinished } from './jobs.ts';
export { readPlan } from './plan.ts';
export { readJobProfile } from './profile.ts';
export { routes } from './routes.ts';
export type { Job, JobObject, JobPlan, ShardResult } from './schema.ts';
export * as schemas from './schema.ts';
export { findShard, readJob, saveShard } from './store.ts';
export { endJob } from './workflow.ts';
