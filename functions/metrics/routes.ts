import { EXPOSITION_TYPE, exposition } from '#core/exposition.ts';
import { route } from '#shared/http.ts';
import { collect } from './collect.ts';
import { familiesOf } from './families.ts';

export const routes = [
  route({
    method: 'GET',
    path: '/metrics',
    operation: 'getMetrics',
    summary: 'Traffic, versions and monitors of all endpoints, in Prometheus’s text format',
    description:
      'Counters begin at midnight, UTC; what is told is at most ten seconds old. A token that is limited to some endpoints sees those.',
    scope: 'read',
    // What is beyond the caller's limits is left out.
    names: 'none',
    response: { status: 200, texts: ['text/plain'] },
    run: async ({ limits }) => ({
      body: exposition(familiesOf(await collect(limits, Date.now()))),
      contentType: EXPOSITION_TYPE,
    }),
  }),
];
