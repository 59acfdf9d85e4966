import type { Run, RunStatus } from '../api/mlflow.ts';

/** What a run has under a name such as `metrics.loss`, `params.depth`, `tags.team` or `duration`. */
export function valueOfRun({ info, data }: Run, column: string): number | string | undefined {
  const { entity, key } = splitColumn(column);
  if (entity === 'metrics') {
    const found = data.metrics.find((metric) => metric.key === key);
    return found && Number(found.value);
  }
  if (entity === 'params') return data.params.find((param) => param.key === key)?.value;
  if (entity === 'tags') return data.tags.find((tag) => tag.key === key)?.value;
  if (key === 'duration') {
    return info.end_time === undefined ? undefined : info.end_time - info.start_time;
  }
  return (info as unknown as Record<string, number | string | undefined>)[key];
}

type Entity = 'metrics' | 'params' | 'tags' | 'attributes';

export function splitColumn(column: string): { readonly entity: Entity; readonly key: string } {
  const [, entity, key] = /^(metrics|params|tags)\.(.*)$/s.exec(column) ?? [];
  if (entity === undefined || key === undefined) return { entity: 'attributes', key: column };
  return { entity: entity as Entity, key };
}

/** Columns that every run has. */
export const ATTRIBUTES = ['start_time', 'duration', 'status', 'user_id'] as const;
const SHOWN_OF_EACH = 4;

/** All columns that these runs have, by kind and name; tags that MLflow keeps for itself left out. */
export function columnsOf(runs: readonly Run[]): string[] {
  const found = { metrics: new Set<string>(), params: new Set<string>(), tags: new Set<string>() };
  for (const { data } of runs) {
    for (const { key } of data.metrics) found.metrics.add(key);
    for (const { key } of data.params) found.params.add(key);
    for (const { key } of data.tags) if (!key.startsWith('mlflow.')) found.tags.add(key);
  }
  return Object.entries(found).flatMap(([entity, keys]) =>
    [...keys].sort((a, b) => a.localeCompare(b)).map((key) => `${entity}.${key}`),
  );
}

/**
 * What is shown until something else is chosen: when and how long, some metrics and some params,
 * and what the table is sorted by.
 */
export function usualColumns(all: readonly string[], sortedBy: string): string[] {
  const some = (entity: Entity) =>
    all.filter((column) => splitColumn(column).entity === entity).slice(0, SHOWN_OF_EACH);
  const usual = ['start_time', 'duration', ...some('metrics'), ...some('params')];
  return sortedBy === 'run_name' ? usual : [...new Set([...usual, sortedBy])];
}

export const TONES: Readonly<Record<RunStatus, string>> = {
  ...{ RUNNING: 'wait', SCHEDULED: 'wait', FINISHED: 'good', FAILED: 'bad', KILLED: 'bad' },
};
