export { listApprovals } from './approvals.ts';
export { type CheckName, type Evidence, evidenceSchemas } from './evidence.ts';
export { routes } from './routes.ts';
export type { Approval, CheckSummary, GateResult, Validation } from './schema.ts';
export { CHECKS } from './schema.ts';
export { latestValidation, readEvidence, withChecks } from './store.ts';
