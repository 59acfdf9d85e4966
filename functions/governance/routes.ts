import type { Names } from '#core/access/limits.ts';
import { route } from '#shared/http.ts';
import {
  type AuditEntry,
  AuditPage,
  AuditQuery,
  Verification,
  VerificationQuery,
} from './schema.ts';
import { listAudit } from './store.ts';
import { verifyAudit } from './verification.ts';

/** What limited callers may not see at all: who else may call. */
const HIDDEN = /^token\//;

function namesOf({ resource, after }: AuditEntry): Names | undefined {
  if (HIDDEN.test(resource)) return undefined;
  if (resource.startsWith('job/')) return namesOfJob(after);
  if (TRACKED.test(resource)) return namesOfTracked(after);
  const [kind, name = ''] = resource.split('/');
  return { models: kind === 'model' ? [name] : [], endpoints: kind === 'endpoint' ? [name] : [] };
}

/** What MLflow clients made, in the workspace that its entry names. */
const TRACKED = /^(experiment|run)\//;

const namesOfTracked = (after: AuditEntry['after'] = {}): Names | undefined =>
  typeof after.workspace === 'string' ? { workspaces: [after.workspace] } : undefined;

/** Of jobs only those are in reach that say whose they are. */
function namesOfJob(after: AuditEntry['after'] = {}): Names | undefined {
  if (typeof after.endpoint === 'string') return { endpoints: [after.endpoint] };
  return typeof after.model === 'string' ? { models: [after.model] } : undefined;
}

export const routes = [
  route({
    method: 'GET',
    path: '/api/v1/audit',
    operation: 'listAudit',
    summary: 'Who did what to what, newest first',
    scope: 'read',
    names: { items: namesOf },
    query: AuditQuery,
    response: { status: 200, schema: AuditPage },
    run: async ({ query }) => ({ body: await listAudit(query) }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/audit/verification',
    operation: 'verifyAudit',
    summary: 'Whether an entry of the audit log was altered, removed or inserted',
    scope: 'read',
    names: 'none',
    query: VerificationQuery,
    response: { status: 200, schema: Verification },
    run: async ({ query }) => ({ body: await verifyAudit(query) }),
  }),
];
