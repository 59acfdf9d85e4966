export { listApprovals } from './approvals.ts';
export { type CheckName, type Evidence, evidenceSchemas } from './evidence.ts';
export { examples } from './examples.ts';
export { routes } from './routes.ts';
export * as schemas from './schema.ts';
export {
  Approval,
  CHECKS,
  CheckSummary,
  Finding,
  GateResult,
  Validation,
  ValidationStatus,
} from './schema.ts';
export { latestValidation, readEvidence, readScoredRows, withChecks } from './store.ts';
