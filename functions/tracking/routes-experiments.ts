import type * as z from 'zod';
import { parseFilter } from '#core/tracking/filter.ts';
import { columnOf, compareBy, matches } from '#core/tracking/match.ts';
import { parseOrder } from '#core/tracking/order.ts';
import { EXPERIMENTS, subjectOfExperiment } from './dialects.ts';
import {
  createExperiment,
  findByName,
  listExperiments,
  moveExperiment,
  readExperiment,
  renameExperiment,
  tagExperiment,
} from './experiments.ts';
import { withoutHost } from './locations.ts';
import { type MlflowAnswer, mlflow } from './mlflow-api.ts';
import { listPage, pageText } from './page.ts';
import type { Experiment, Space } from './records.ts';
import * as schema from './schema.ts';
import { readOffset } from './tokens.ts';
import { writeExperiment } from './wire.ts';

const NOTHING: MlflowAnswer = { json: {} };

export const experimentRoutes = [
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow/experiments/create',
    scope: 'register',
    request: schema.NewExperiment,
    run: async ({ space, body: { name, artifact_location, tags }, by }) => {
      const artifactLocation = artifact_location && withoutHost(artifact_location);
      const wanted = { name, tags, artifactLocation };
      const made = await createExperiment(space, wanted, by);
      return { json: { experiment_id: made.id } };
    },
  }),
  mlflow({
    method: 'GET',
    path: '/api/2.0/mlflow/experiments/get',
    scope: 'read',
    request: schema.ExperimentId,
    run: async ({ space, body }) => one(await readExperiment(space, body.experiment_id)),
  }),
  mlflow({
    method: 'GET',
    path: '/api/2.0/mlflow/experiments/get-by-name',
    scope: 'read',
    request: schema.ExperimentName,
    run: async ({ space, body }) => one(await findByName(space, body.experiment_name)),
  }),
  ...(['GET', 'POST'] as const).map((method) =>
    mlflow({
      method,
      path: '/api/2.0/mlflow/experiments/search',
      scope: 'read',
      request: schema.ExperimentSearch,
      run: async ({ space, body }) => ({
        text: pageText('experiments', await searchExperiments(space, body)),
      }),
    }),
  ),
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow/experiments/update',
    scope: 'register',
    request: schema.RenamedExperiment,
    run: async ({ space, body: { experiment_id, new_name }, by }) => {
      await renameExperiment(space, experiment_id, new_name, by);
      return NOTHING;
    },
  }),
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow/experiments/delete',
    scope: 'register',
    request: schema.ExperimentId,
    run: async ({ space, body, by }) => {
      await moveExperiment(space, body.experiment_id, 'deleted', by);
      return NOTHING;
    },
  }),
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow/experiments/restore',
    scope: 'register',
    request: schema.ExperimentId,
    run: async ({ space, body, by }) => {
      await moveExperiment(space, body.experiment_id, 'active', by);
      return NOTHING;
    },
  }),
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow/experiments/set-experiment-tag',
    scope: 'register',
    request: schema.ExperimentTag,
    run: async ({ space, body: { experiment_id, key, value } }) => {
      await tagExperiment(space, experiment_id, key, value);
      return NOTHING;
    },
  }),
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow/experiments/delete-experiment-tag',
    scope: 'register',
    request: schema.ExperimentTagKey,
    run: async ({ space, body: { experiment_id, key } }) => {
      await tagExperiment(space, experiment_id, key, undefined);
      return NOTHING;
    },
  }),
];

const one = (experiment: Experiment): MlflowAnswer => ({
  json: { experiment: writeExperiment(experiment) },
});

/** They are few: all are read, and those that match are sorted. */
async function searchExperiments(space: Space, search: z.output<typeof schema.ExperimentSearch>) {
  const clauses = parseFilter(search.filter, EXPERIMENTS);
  const orderings = search.order_by.map((text) => parseOrder(text, EXPERIMENTS));
  const start = readOffset(search.page_token);
  const isVisible = ({ lifecycle }: Experiment) =>
    search.view_type === 'ALL' || (search.view_type === 'ACTIVE_ONLY') === (lifecycle === 'active');
  const found = (await listExperiments(space))
    .filter((e) => isVisible(e) && matches(clauses, subjectOfExperiment(e)))
    .sort((a, b) => {
      const [left, right] = [subjectOfExperiment(a), subjectOfExperiment(b)];
      for (const ordering of orderings) {
        const { ascending } = ordering;
        const order = compareBy(ascending, columnOf(ordering, left), columnOf(ordering, right));
        if (order !== 0) return order;
      }
      return b.creationTime - a.creationTime || Number(a.id) - Number(b.id);
    });
  return listPage(found, start, {
    limit: search.max_results,
    write: (experiment) => JSON.stringify(writeExperiment(experiment)),
  });
}
