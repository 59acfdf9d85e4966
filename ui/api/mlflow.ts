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

export type View = 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL';

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

interface ExperimentSearch {
  readonly filter?: string;
  readonly order_by?: readonly string[];
  readonly view_type: View;
  readonly max_results: number;
  readonly page_token?: string | undefined;
}

export async function searchExperiments(
  workspace: string,
  body: ExperimentSearch,
  signal?: AbortSignal,
): Promise<Page<Experiment>> {
  const call: Call = { body, signal };
  const found = await callMlflow<{ experiments?: Experiment[]; next_page_token?: string }>(
    ...([workspace, 'experiments/search', call] as const),
  );
  return { items: found.experiments ?? [], next: found.next_page_token };
}
