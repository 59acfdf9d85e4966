import type { Point } from '#core/tracking/metrics.ts';

/** A workspace: what is tracked in one is not seen in another. */
export type Space = string;
export type Lifecycle = 'active' | 'deleted';
export const RUN_STATUSES = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];
export type Texts = Map<string, string>;

export interface Experiment {
  readonly id: string;
  readonly name: string;
  readonly artifactLocation: string;
  readonly lifecycle: Lifecycle;
  /** ms since 1970, as all times of MLflow. */
  readonly creationTime: number;
  readonly lastUpdateTime: number;
  readonly tags: Texts;
  readonly revision: number;
}

export interface RunInfo {
  readonly id: string;
  readonly experimentId: string;
  readonly name: string;
  readonly userId: string;
  readonly status: RunStatus;
  readonly startTime: number;
  readonly endTime?: number | undefined;
  readonly lifecycle: Lifecycle;
  readonly artifactUri: string;
}

export interface DatasetInput {
  readonly tags: readonly { readonly key: string; readonly value: string }[];
  readonly dataset: {
    readonly name: string;
    readonly digest: string;
    readonly source_type: string;
    readonly source: string;
    readonly schema?: string | undefined;
    readonly profile?: string | undefined;
  };
}

/** What went into a run and came out of it. */
export interface InputsAndOutputs {
  readonly datasets: readonly DatasetInput[];
  readonly modelInputs: readonly { readonly model_id: string }[];
  readonly modelOutputs: readonly { readonly model_id: string; readonly step: number }[];
}

export interface Run extends InputsAndOutputs {
  readonly info: RunInfo;
  readonly params: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
  /** The latest point of each. */
  readonly metrics: ReadonlyMap<string, Point>;
}

export const NAME_TAG = 'mlflow.runName';
export const CONTEXT_TAG = 'mlflow.data.context';

/** A point of a metric that was measured on a model or dataset. */
export interface ModelMetric extends Point {
  readonly key: string;
  readonly runId: string;
  readonly datasetName?: string | undefined;
  readonly datasetDigest?: string | undefined;
}

export const MODEL_STATUSES = [
  'LOGGED_MODEL_PENDING',
  'LOGGED_MODEL_READY',
  'LOGGED_MODEL_UPLOAD_FAILED',
] as const;
export type ModelStatus = (typeof MODEL_STATUSES)[number];

export interface LoggedModel {
  readonly id: string;
  readonly experimentId: string;
  readonly name: string;
  readonly modelType: string;
  readonly sourceRunId: string;
  readonly status: ModelStatus;
  readonly lifecycle: Lifecycle;
  readonly artifactUri: string;
  readonly creationTime: number;
  readonly lastUpdateTime: number;
  readonly params: Texts;
  readonly tags: Texts;
  /** The latest point of each metric, run and dataset. */
  readonly metrics: readonly ModelMetric[];
  readonly revision: number;
}
