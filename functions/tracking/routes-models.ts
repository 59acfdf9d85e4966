import { type MlflowAnswer, mlflow } from './mlflow-api.ts';
import { searchModels } from './model-search.ts';
import {
  addModelParams,
  createModel,
  deleteModel,
  finalizeModel,
  readModel,
  tagModel,
  untagModel,
} from './models.ts';
import { pageText } from './page.ts';
import type { LoggedModel } from './records.ts';
import * as schema from './schema.ts';
import { writeModel } from './wire.ts';

const MODEL = '/api/2.0/mlflow/logged-models/{model_id}';
const NOTHING: MlflowAnswer = { json: {} };
const one = (model: LoggedModel): MlflowAnswer => ({ json: { model: writeModel(model) } });

export const modelRoutes = [
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow/logged-models',
    scope: 'register',
    request: schema.NewModel,
    run: async ({ space, body: { experiment_id, model_type, source_run_id, ...rest } }) =>
      one(
        await createModel(space, {
          ...{ ...rest, experimentId: experiment_id, modelType: model_type },
          sourceRunId: source_run_id,
        }),
      ),
  }),
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow/logged-models/search',
    scope: 'read',
    request: schema.ModelSearch,
    run: async ({ space, body }) => {
      const page = await searchModels(space, {
        ...{ experiments: body.experiment_ids, filter: body.filter, datasets: body.datasets },
        ...{ orderBy: body.order_by, limit: body.max_results, token: body.page_token },
      });
      return { text: pageText('models', page) };
    },
  }),
  mlflow({
    method: 'GET',
    path: MODEL,
    scope: 'read',
    run: async ({ space, params }) => one(await readModel(space, params.model_id as string)),
  }),
  mlflow({
    method: 'PATCH',
    path: MODEL,
    scope: 'register',
    request: schema.ModelState,
    run: async ({ space, params, body }) =>
      one(await finalizeModel(space, params.model_id as string, body.status)),
  }),
  mlflow({
    method: 'DELETE',
    path: MODEL,
    scope: 'register',
    run: async ({ space, params }) => {
      await deleteModel(space, params.model_id as string);
      return NOTHING;
    },
  }),
  mlflow({
    method: 'PATCH',
    path: `${MODEL}/tags`,
    scope: 'register',
    request: schema.ModelTags,
    run: async ({ space, params, body }) =>
      one(await tagModel(space, params.model_id as string, body.tags)),
  }),
  mlflow({
    method: 'DELETE',
    path: `${MODEL}/tags/{key+}`,
    scope: 'register',
    run: async ({ space, params }) => {
      await untagModel(space, params.model_id as string, params.key as string);
      return NOTHING;
    },
  }),
  mlflow({
    method: 'POST',
    path: `${MODEL}/params`,
    scope: 'register',
    request: schema.ModelParams,
    run: async ({ space, params, body }) => {
      await addModelParams(space, params.model_id as string, body.params);
      return NOTHING;
    },
  }),
];
