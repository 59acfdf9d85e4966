import { type Point, writeDouble } from '#core/tracking/metrics.ts';
import { withHost } from './locations.ts';
import type { Experiment, LoggedModel, Run, RunInfo } from './records.ts';

/* What is stored, in the JSON of MLflow's protocol buffers. */

const pairs = (values: ReadonlyMap<string, string>) =>
  [...values].map(([key, value]) => ({ key, value }));

export const writeMetric = (key: string, { value, timestamp, step }: Point) => ({
  ...{ key, value: writeDouble(value), timestamp, step },
});

export const writeInfo = (info: RunInfo) => ({
  ...{ run_id: info.id, run_uuid: info.id, run_name: info.name },
  ...{ experiment_id: info.experimentId, user_id: info.userId, status: info.status },
  ...{ start_time: info.startTime, ...(info.endTime !== undefined && { end_time: info.endTime }) },
  ...{ artifact_uri: withHost(info.artifactUri), lifecycle_stage: info.lifecycle },
});

export const writeRun = (run: Run) => ({
  info: writeInfo(run.info),
  data: {
    metrics: [...run.metrics].map(([key, point]) => writeMetric(key, point)),
    params: pairs(run.params),
    tags: pairs(run.tags),
  },
  inputs: { dataset_inputs: run.datasets, model_inputs: run.modelInputs },
  outputs: { model_outputs: run.modelOutputs },
});

export const writeExperiment = (experiment: Experiment) => ({
  ...{ experiment_id: experiment.id, name: experiment.name },
  artifact_location: withHost(experiment.artifactLocation),
  lifecycle_stage: experiment.lifecycle,
  ...{ creation_time: experiment.creationTime, last_update_time: experiment.lastUpdateTime },
  tags: pairs(experiment.tags),
});

export const writeModel = (model: LoggedModel) => ({
  info: {
    ...{ model_id: model.id, experiment_id: model.experimentId, name: model.name },
    ...{ creation_timestamp_ms: model.creationTime },
    ...{ last_updated_timestamp_ms: model.lastUpdateTime },
    artifact_uri: withHost(model.artifactUri),
    ...{ status: model.status, model_type: model.modelType },
    ...{ source_run_id: model.sourceRunId, tags: pairs(model.tags) },
  },
  data: {
    params: pairs(model.params),
    metrics: model.metrics.map((metric) => ({
      ...writeMetric(metric.key, metric),
      ...{ model_id: model.id, run_id: metric.runId },
      ...(metric.datasetName && { dataset_name: metric.datasetName }),
      ...(metric.datasetDigest && { dataset_digest: metric.datasetDigest }),
    })),
  },
});
