import type { Point } from '#core/tracking/metrics.ts';
import { codeOf, entryKey, type Index, TIME } from '#core/tracking/plan.ts';
import type { Key } from '#shared/keys.ts';
import type { Run, RunInfo, Space } from './records.ts';
import { indexPartition } from './store.ts';

/** Where a run is found by one of its values. */
export function runEntry(space: Space, info: RunInfo, index: Index, value: string | number): Key {
  const pk = indexPartition(space, info.experimentId, 'RUN', index);
  return { pk, sk: entryKey(codeOf(index.kind, value), info.startTime, info.id) };
}

export interface Changes {
  readonly params?: ReadonlyMap<string, string>;
  readonly tags?: ReadonlyMap<string, string>;
  readonly metrics?: ReadonlyMap<string, Point>;
}

/** Entries to put for what changes in a run, and those that nothing stands behind any more. */
export function entryChanges(
  space: Space,
  run: Run,
  changes: Changes,
): { puts: Key[]; stale: Key[] } {
  const puts: Key[] = [];
  const stale: Key[] = [];
  const note = (kind: Index['kind'], key: string, to: string | number, from?: string | number) => {
    const entry = runEntry(space, run.info, { kind, key }, to);
    const old = from === undefined ? undefined : runEntry(space, run.info, { kind, key }, from);
    puts.push(entry);
    if (old && old.sk !== entry.sk) stale.push(old);
  };
  for (const [key, value] of changes.params ?? []) note('param', key, value);
  for (const [key, value] of changes.tags ?? []) note('tag', key, value, run.tags.get(key));
  for (const [key, { value }] of changes.metrics ?? []) {
    note('metric', key, value, run.metrics.get(key)?.value);
  }
  return { puts, stale };
}

/** The entries of a new run. */
export const firstEntries = (space: Space, { info, tags }: Pick<Run, 'info' | 'tags'>): Key[] => [
  runEntry(space, info, TIME, info.startTime),
  ...[...tags].map(([key, value]) => runEntry(space, info, { kind: 'tag', key }, value)),
];
