import { route } from '#shared/http.ts';
import { AuditPage, AuditQuery } from './schema.ts';
import { listAudit } from './store.ts';

export const routes = [
  route({
    method: 'GET',
    path: '/api/v1/audit',
    operation: 'listAudit',
    summary: 'Who did what to what, newest first',
    scope: 'read',
    query: AuditQuery,
    response: { status: 200, schema: AuditPage },
    run: async ({ query }) => ({ body: await listAudit(query) }),
  }),
];
