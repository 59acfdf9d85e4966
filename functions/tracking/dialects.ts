import type { Dialect, Entity } from '#core/tracking/filter.ts';
import type { Subject } from '#core/tracking/match.ts';
import { withHost } from './locations.ts';
import { CONTEXT_TAG, type Experiment, type LoggedModel, type Run } from './records.ts';

const TAGS = { tag: 'tag', tags: 'tag' } as const satisfies Record<string, Entity>;
const ATTRIBUTES = { attribute: 'attribute', attributes: 'attribute' } as const;
const VALUES = {
  ...{ metric: 'metric', metrics: 'metric', ...TAGS, ...ATTRIBUTES },
  ...{ param: 'param', params: 'param', parameter: 'param', parameters: 'param' },
} as const satisfies Record<string, Entity>;

/** What MLflow lets search among runs. */
export const RUNS: Dialect = {
  entities: {
    ...VALUES,
    attr: 'attribute',
    run: 'attribute',
    dataset: 'dataset',
    datasets: 'dataset',
  },
  attributes: {
    run_id: ['run_id', 'text'],
    run_name: ['run_name', 'text'],
    'run name': ['run_name', 'text'],
    'Run name': ['run_name', 'text'],
    'Run Name': ['run_name', 'text'],
    status: ['status', 'text'],
    user_id: ['user_id', 'text'],
    artifact_uri: ['artifact_uri', 'text'],
    start_time: ['start_time', 'number'],
    created: ['start_time', 'number'],
    Created: ['start_time', 'number'],
    end_time: ['end_time', 'number'],
  },
};

export const EXPERIMENTS: Dialect = {
  entities: { ...TAGS, ...ATTRIBUTES },
  attributes: {
    name: ['name', 'text'],
    experiment_id: ['experiment_id', 'text'],
    creation_time: ['creation_time', 'number'],
    last_update_time: ['last_update_time', 'number'],
  },
};

export const MODELS: Dialect = {
  entities: VALUES,
  attributes: {
    name: ['name', 'text'],
    model_id: ['model_id', 'text'],
    model_type: ['model_type', 'text'],
    status: ['status', 'text'],
    source_run_id: ['source_run_id', 'text'],
    creation_timestamp: ['creation_timestamp', 'number'],
    creation_time: ['creation_timestamp', 'number'],
    last_updated_timestamp: ['last_updated_timestamp', 'number'],
    last_updated_time: ['last_updated_timestamp', 'number'],
  },
};

const NONE = new Map<string, never>();

export const subjectOf = ({ info, params, tags, metrics, datasets }: Run): Subject => ({
  attributes: {
    ...{ run_id: info.id, run_name: info.name, status: info.status, user_id: info.userId },
    ...{
      artifact_uri: withHost(info.artifactUri),
      start_time: info.startTime,
      end_time: info.endTime,
    },
  },
  metrics: new Map([...metrics].map(([key, { value }]) => [key, value])),
  params,
  tags,
  datasets: datasets.map(({ dataset, tags: given }) => ({
    ...{ name: dataset.name, digest: dataset.digest },
    context: given.find(({ key }) => key === CONTEXT_TAG)?.value,
  })),
});

export const subjectOfExperiment = (experiment: Experiment): Subject => ({
  attributes: {
    ...{ name: experiment.name, experiment_id: experiment.id },
    ...{ creation_time: experiment.creationTime, last_update_time: experiment.lastUpdateTime },
  },
  ...{ metrics: NONE, params: NONE, tags: experiment.tags, datasets: [] },
});

export const subjectOfModel = (
  model: LoggedModel,
  metrics: ReadonlyMap<string, number>,
): Subject => ({
  attributes: {
    ...{ name: model.name, model_id: model.id, model_type: model.modelType || undefined },
    ...{ status: model.status.replace('LOGGED_MODEL_', ''), source_run_id: model.sourceRunId },
    creation_timestamp: model.creationTime,
    last_updated_timestamp: model.lastUpdateTime,
  },
  ...{ metrics, params: model.params, tags: model.tags, datasets: [] },
});
