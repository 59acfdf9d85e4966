import { type Call, callMlflow } from './client.ts';

/* The JSON of MLflow's protocol buffers, as far as it is shown. */

export interface Pair {
  readonly key: string;
  readonly value: string;
}

export interface Experiment {
  readonly experiment_id: string;
  readonly name: string;
  readonly lifecycle_stage: 'active' | 'deleted';
  readonly creation_time: number;
  readonly last_update_time: number;
  readonly tags: readonly Pair[];
}

/** `value` is a text where JSON has no number for it: `"NaN"`. */
export interface Metric {
  readonly key: string;
  readonly value: number | string;
  readonly timestamp: number;
  readonly step: number;
}

export type RunStatus = 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED';

export interface Run {
  readonly info: {
    readonly run_id: string;
    readonly run_name: string;
    readonly experiment_id: string;
    readonly user_id: string;
    readonly status: RunStatus;
    readonly start_time: number;
    readonly end_time?: number;
    readonly artifact_uri: string;
    readonly lifecycle_stage: 'active' | 'deleted';
  };
  readonly data: {
    readonly metrics: readonly Metric[];
    readonly params: readonly Pair[];
    readonly tags: readonly Pair[];
  };
  readonly inputs: {
    readonly dataset_inputs?: readonly DatasetInput[];
    readonly model_inputs?: readonly { readonly model_id: string }[];
  };
  readonly outputs: {
    readonly model_outputs?: readonly { readonly model_id: string; readonly step: number }[];
  };
}

export interface DatasetInput {
  readonly tags: readonly Pair[];
  readonly dataset: {
    readonly name: string;
    readonly digest: string;
    readonly source_type: string;
    readonly source: string;
  };
}

export interface FileInfo {
  readonly path: string;
  readonly is_dir: boolean;
  readonly file_size?: number;
}

export type View = 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL';

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

interface Search {
  readonly filter?: string;
  readonly order_by?: readonly string[];
  readonly max_results: number;
  readonly page_token?: string | undefined;
}

type Listed<K extends string, T> = { readonly [key in K]?: readonly T[] } & {
  readonly next_page_token?: string;
};

export async function searchExperiments(
  workspace: string,
  body: Search & { readonly view_type: View },
  signal?: AbortSignal,
): Promise<Page<Experiment>> {
  const call: Call = { body, signal };
  const path = 'experiments/search';
  const found = await callMlflow<Listed<'experiments', Experiment>>(workspace, path, call);
  return { items: found.experiments ?? [], next: found.next_page_token };
}

export async function getExperiment(
  workspace: string,
  id: string,
  signal?: AbortSignal,
): Promise<Experiment> {
  const call: Call = { query: { experiment_id: id }, signal };
  const path = 'experiments/get';
  return (await callMlflow<{ experiment: Experiment }>(workspace, path, call)).experiment;
}

export async function searchRuns(
  workspace: string,
  body: Search & { readonly experiment_ids: readonly string[]; readonly run_view_type?: View },
  signal?: AbortSignal,
): Promise<Page<Run>> {
  const found = await callMlflow<Listed<'runs', Run>>(workspace, 'runs/search', { body, signal });
  return { items: found.runs ?? [], next: found.next_page_token };
}

export async function getRun(workspace: string, id: string, signal?: AbortSignal): Promise<Run> {
  const call: Call = { query: { run_id: id }, signal };
  return (await callMlflow<{ run: Run }>(workspace, 'runs/get', call)).run;
}

/** Points that a curve is drawn from: more are not seen. */
const MOST_POINTS = 1000;

/** A metric's curve, evenly sampled where it has many points; its last point is among them. */
export async function readCurve(
  workspace: string,
  { run, metric }: { run: string; metric: string },
  signal?: AbortSignal,
): Promise<readonly Metric[]> {
  const query = { run_ids: run, metric_key: metric, max_results: MOST_POINTS };
  const path = 'metrics/get-history-bulk-interval';
  return (await callMlflow<{ metrics: Metric[] }>(workspace, path, { query, signal })).metrics;
}

export async function listArtifacts(
  workspace: string,
  { run, path }: { run: string; path: string },
  signal?: AbortSignal,
): Promise<readonly FileInfo[]> {
  const call: Call = { query: { run_id: run, path }, signal };
  const found = await callMlflow<{ files?: FileInfo[] }>(workspace, 'artifacts/list', call);
  return found.files ?? [];
}

/** An address of the file itself that needs no token, for some minutes. */
export async function downloadAddress(workspace: string, run: string, path: string) {
  const call: Call = { body: { run_id: run, path } };
  const from = 'artifacts/presigned-download-url';
  return (await callMlflow<{ presigned_url: string }>(workspace, from, call)).presigned_url;
}
