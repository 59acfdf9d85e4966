import { LIMITS } from '#core/tracking/names.ts';
import { readHistory } from './history.ts';
import { addInputsAndOutputs, findDatasets } from './inputs.ts';
import { sampleHistory } from './interval.ts';
import { type LoggedMetric, logBatch } from './log.ts';
import { type MlflowAnswer, mlflow } from './mlflow-api.ts';
import { MAX_ANSWER_BYTES, pageText, wireBytes } from './page.ts';
import { readRun } from './run-store.ts';
import { createRun, deleteRunTag, getRun, moveRun, updateRun } from './runs.ts';
import * as schema from './schema.ts';
import { searchRuns } from './search.ts';
import { writeInfo, writeMetric, writeRun } from './wire.ts';

const NOTHING: MlflowAnswer = { json: {} };

interface WireMetric {
  readonly key: string;
  readonly value: number;
  readonly timestamp: number;
  readonly step: number;
  readonly model_id?: string | undefined;
  readonly dataset_name?: string | undefined;
  readonly dataset_digest?: string | undefined;
}

/** Points of a metric that fit in an answer, each with so much of its own besides. */
function pointsThatFit(key: string, more: object = {}): number {
  const [value, at] = [-Number.MAX_VALUE, -Number.MAX_SAFE_INTEGER];
  const longest = { ...writeMetric(key, { value, timestamp: at, step: at }), ...more };
  return Math.floor(MAX_ANSWER_BYTES / (wireBytes(JSON.stringify(longest)) + 1));
}

const longest = (texts: readonly string[]): string =>
  texts.reduce((most, text) => (text.length > most.length ? text : most), '');

const metricOf = ({ key, value, timestamp, step, ...of }: WireMetric): LoggedMetric => ({
  ...{ key, value, timestamp, step, modelId: of.model_id },
  ...{ datasetName: of.dataset_name, datasetDigest: of.dataset_digest },
});

export const runRoutes = [
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow/runs/create',
    scope: 'register',
    request: schema.NewRun,
    run: async ({ space, body: { experiment_id, user_id, run_name, start_time, tags } }) => {
      const names = { experimentId: experiment_id, userId: user_id, name: run_name };
      const run = await createRun(space, { ...names, startTime: start_time, tags });
      return { json: { run: writeRun(run) } };
    },
  }),
  mlflow({
    method: 'GET',
    path: '/api/2.0/mlflow/runs/get',
    scope: 'read',
    request: schema.RunId,
    run: async ({ space, body }) => ({
      json: { run: writeRun(await getRun(space, body.run_id)) },
    }),
  }),
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow/runs/update',
    scope: 'register',
    request: schema.RunUpdate,
    run: async ({ space, body: { run_id, status, end_time, run_name } }) => {
      const update = { status, endTime: end_time, name: run_name };
      return { json: { run_info: writeInfo(await updateRun(space, run_id, update)) } };
    },
  }),
  ...(['delete', 'restore'] as const).map((verb) =>
    mlflow({
      method: 'POST',
      path: `/api/2.0/mlflow/runs/${verb}`,
      scope: 'register',
      request: schema.RunId,
      run: async ({ space, body, by }) => {
        await moveRun(space, body.run_id, verb === 'delete' ? 'deleted' : 'active', by);
        return NOTHING;
      },
    }),
  ),
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow/runs/search',
    scope: 'read',
    request: schema.RunSearch,
    run: async ({ space, body }) => {
      const search = {
        ...{ experiments: body.experiment_ids, filter: body.filter, orderBy: body.order_by },
        ...{ view: body.run_view_type, limit: body.max_results, token: body.page_token },
      };
      const page = await searchRuns(space, search, (run) => JSON.stringify(writeRun(run)));
      return { text: pageText('runs', page) };
    },
  }),
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow/runs/log-batch',
    scope: 'register',
    request: schema.LoggedBatch,
    maxBytes: LIMITS.batch.bytes,
    run: async ({ space, body: { run_id, metrics, params, tags } }) => {
      await logBatch(space, run_id, { metrics: metrics.map(metricOf), params, tags });
      return NOTHING;
    },
  }),
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow/runs/log-metric',
    scope: 'register',
    request: schema.LoggedMetric,
    run: async ({ space, body: { run_id, ...metric } }) => {
      await logBatch(space, run_id, { metrics: [metricOf(metric)], params: [], tags: [] });
      return NOTHING;
    },
  }),
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow/runs/log-parameter',
    scope: 'register',
    request: schema.LoggedParam,
    run: async ({ space, body: { run_id, ...param } }) => {
      await logBatch(space, run_id, { metrics: [], params: [param], tags: [] });
      return NOTHING;
    },
  }),
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow/runs/set-tag',
    scope: 'register',
    request: schema.RunTag,
    run: async ({ space, body: { run_id, ...tag } }) => {
      await logBatch(space, run_id, { metrics: [], params: [], tags: [tag] });
      return NOTHING;
    },
  }),
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow/runs/delete-tag',
    scope: 'register',
    request: schema.RunTagKey,
    run: async ({ space, body: { run_id, key } }) => {
      await deleteRunTag(space, run_id, key);
      return NOTHING;
    },
  }),
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow/runs/log-inputs',
    scope: 'register',
    request: schema.Inputs,
    run: async ({ space, body: { run_id, datasets, models } }) => {
      await addInputsAndOutputs(space, run_id, { datasets, modelInputs: models });
      return NOTHING;
    },
  }),
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow/runs/outputs',
    scope: 'register',
    request: schema.Outputs,
    run: async ({ space, body: { run_id, models } }) => {
      await addInputsAndOutputs(space, run_id, { modelOutputs: models });
      return NOTHING;
    },
  }),
  mlflow({
    method: 'POST',
    path: '/api/2.0/mlflow/experiments/search-datasets',
    scope: 'read',
    request: schema.DatasetSearch,
    run: async ({ space, body }) => ({
      json: { dataset_summaries: await findDatasets(space, body.experiment_ids) },
    }),
  }),
  mlflow({
    method: 'GET',
    path: '/api/2.0/mlflow/metrics/get-history',
    scope: 'read',
    request: schema.HistoryQuery,
    run: async ({ space, body: { run_id, metric_key, max_results, page_token } }) => {
      await readRun(space, run_id);
      const page = {
        limit: Math.min(max_results, 50_000, pointsThatFit(metric_key)),
        token: page_token,
      };
      const { points, nextToken } = await readHistory(space, run_id, metric_key, page);
      const metrics = points.map((point) => writeMetric(metric_key, point));
      return { json: { metrics, ...(nextToken && { next_page_token: nextToken }) } };
    },
  }),
  mlflow({
    method: 'GET',
    path: '/api/2.0/mlflow/metrics/get-history-bulk',
    scope: 'read',
    request: schema.BulkHistoryQuery,
    run: async ({ space, body: { run_id: ids, metric_key, max_results } }) => {
      const fit = pointsThatFit(metric_key, { run_id: longest(ids) });
      const limit = Math.min(max_results, 25_000, fit);
      const metrics = [];
      for (const run_id of [...ids].sort()) {
        const { points } = await readHistory(space, run_id, metric_key, { limit });
        metrics.push(...points.map((point) => ({ ...writeMetric(metric_key, point), run_id })));
        if (metrics.length >= limit) break;
      }
      return { json: { metrics: metrics.slice(0, limit) } };
    },
  }),
  mlflow({
    method: 'GET',
    path: '/api/2.0/mlflow/metrics/get-history-bulk-interval',
    scope: 'read',
    request: schema.IntervalQuery,
    run: async ({ space, body }) => {
      const fit = pointsThatFit(body.metric_key, { run_id: longest(body.run_ids) });
      const most = Math.min(body.max_results, Math.floor(fit / body.run_ids.length));
      const metrics = [];
      for (const run_id of body.run_ids) {
        const points = await sampleHistory(space, run_id, body.metric_key, {
          ...{ from: body.start_step, to: body.end_step, most },
        });
        metrics.push(...points.map((p) => ({ ...writeMetric(body.metric_key, p), run_id })));
      }
      return { json: { metrics } };
    },
  }),
];
