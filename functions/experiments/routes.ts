import { route } from '#shared/http.ts';
import { PageQuery, pageOf } from '#slices/registry';
import { createExperiment, currentExperiment, stopExperiment } from './experiments.ts';
import { Experiment, NewExperiment, OfEndpoint, OfExperiment, StopExperiment } from './schema.ts';
import { listExperiments } from './store.ts';

export const routes = [
  route({
    method: 'POST',
    path: '/api/v1/endpoints/{endpoint}/experiments',
    operation: 'createExperiment',
    summary: 'Compare variants on real traffic; one experiment at a time',
    scope: 'deploy',
    params: OfEndpoint,
    body: NewExperiment,
    response: { status: 201, schema: Experiment },
    run: async ({ params, body, actor, requestId }) => {
      const made = await createExperiment(params.endpoint, body, { actor, requestId });
      const location = `/api/v1/endpoints/${params.endpoint}/experiments/${made.id}`;
      return { body: made, revision: made.revision, headers: { location } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/endpoints/{endpoint}/experiments',
    operation: 'listExperiments',
    summary: 'Experiments, newest first, as they were last evaluated',
    scope: 'read',
    params: OfEndpoint,
    query: PageQuery,
    response: { status: 200, schema: pageOf(Experiment) },
    run: async ({ params, query }) => ({ body: await listExperiments(params.endpoint, query) }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/endpoints/{endpoint}/experiments/{experiment}',
    operation: 'getExperiment',
    summary: 'How an experiment stands now: estimates, intervals, checks, verdict in words',
    description: 'Evaluates it anew, at most every five seconds, and ends it where it is over.',
    scope: 'read',
    params: OfExperiment,
    response: { status: 200, schema: Experiment },
    run: async ({ params }) => {
      const experiment = await currentExperiment(params.endpoint, params.experiment);
      return { body: experiment, revision: experiment.revision };
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/endpoints/{endpoint}/experiments/{experiment}/stop',
    operation: 'stopExperiment',
    summary: 'End an experiment, and give a variant all traffic if asked',
    scope: 'deploy',
    repeat: 'as it is',
    params: OfExperiment,
    body: StopExperiment,
    response: { status: 200, schema: Experiment },
    run: async ({ params, body, actor, requestId }) => {
      const by = { actor, requestId };
      const ended = await stopExperiment(params.endpoint, params.experiment, body, by);
      return { body: ended, revision: ended.revision };
    },
  }),
];
