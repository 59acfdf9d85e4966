import { AppError } from '#core/errors.ts';
import { latest, type Point } from '#core/tracking/metrics.ts';
import { checkBatch } from './checks.ts';
import { type Changes, entryChanges } from './entries.ts';
import { deleteEntries, putEntries } from './entry-store.ts';
import { readExperiment } from './experiments.ts';
import { writeHistory } from './history.ts';
import { noteModelMetrics } from './models.ts';
import { type ModelMetric, NAME_TAG, type Space } from './records.ts';
import { readRun, revisionOf, type StoredRun, saveSheets } from './run-store.ts';
import { headOf, setValue } from './sheets.ts';
import { untilUnchanged } from './store.ts';

/** A point as it was logged: of a run, and perhaps of a model on a dataset. */
export interface LoggedMetric extends Omit<ModelMetric, 'runId'> {
  readonly modelId?: string | undefined;
}

export interface Batch {
  readonly metrics: readonly LoggedMetric[];
  readonly params: readonly { readonly key: string; readonly value: string }[];
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

/**
 * Adds a batch to a run. Sent again it changes nothing: points are told apart by what they are, a
 * param has one value for ever, and of a metric's latest the greater one stays.
 *
 * @throws AppError `invalid` for what is beyond a limit (long values are cut off), or another value
 * for a param
 */
export async function logBatch(space: Space, id: string, sent: Batch): Promise<void> {
  const batch = checkBatch(sent);
  const points = Map.groupBy(batch.metrics, ({ key }) => key);
  const params = new Map(batch.params.map(({ key, value }) => [key, value]));
  const tags = new Map(batch.tags.map(({ key, value }) => [key, value]));
  await editRun(space, id, { params, tags, metrics: points });
  await noteModelMetrics(space, id, batch.metrics);
}

interface Additions {
  readonly params?: ReadonlyMap<string, string>;
  readonly tags?: ReadonlyMap<string, string>;
  readonly metrics?: ReadonlyMap<string, readonly Point[]>;
}

/**
 * Changes a run that is there and active. First what finds it, then the run, then what found it by
 * its old values: whoever searches between sees too much, which is looked at again, never too little.
 *
 * @returns the run as it was, with its sheets as they are now
 */
export async function editRun(
  space: Space,
  id: string,
  { params = new Map(), tags = new Map(), metrics = new Map() }: Additions,
  edit: (run: StoredRun) => void = () => {},
): Promise<StoredRun> {
  let history: Promise<void> | undefined;
  return untilUnchanged(async () => {
    const run = await readActiveRun(space, id);
    const changes = changesOf(run, { params, tags, metrics });
    const { puts, stale } = entryChanges(space, run, changes);
    apply(run, changes);
    edit(run);
    history ??= writeHistory(space, id, metrics);
    const rev = revisionOf(run) + 1;
    await Promise.all([history, putEntries(puts, rev)]);
    if (!(await saveSheets(space, run))) return undefined;
    await deleteEntries(stale, rev);
    return run;
  });
}

/** @throws AppError `not-found`, and `invalid` for a deleted run */
export async function readActiveRun(space: Space, id: string): Promise<StoredRun> {
  const run = await readRun(space, id);
  const { lifecycle } = await readExperiment(space, run.info.experimentId);
  if (run.info.lifecycle === 'active' && lifecycle === 'active') return run;
  throw new AppError(
    'invalid',
    `The run ${id} must be in the 'active' state. Current state is deleted.`,
  );
}

/** What of it is new to the run. */
function changesOf(run: StoredRun, { params, tags, metrics }: Required<Additions>): Changes {
  const isNew =
    (before: ReadonlyMap<string, string>) =>
    ([key, value]: [string, string]) =>
      before.get(key) !== value;
  const newParams = [...params].filter(isNew(run.params));
  const other = newParams.filter(([key]) => run.params.has(key));
  if (other.length > 0) {
    const words = other.map(([key, value]) => `'${key}': '${run.params.get(key)}' to '${value}'`);
    throw new AppError(
      'invalid',
      `Changing param values is not allowed. For run ID='${run.info.id}': ${words.join(', ')}`,
    );
  }
  const greatest = [...metrics].flatMap(([key, points]): [string, Point][] => {
    const before = run.metrics.get(key);
    const now = points.reduce<Point | undefined>(latest, before);
    return now && now !== before ? [[key, now]] : [];
  });
  return {
    params: new Map(newParams),
    tags: new Map([...tags].filter(isNew(run.tags))),
    metrics: new Map(greatest),
  };
}

function apply({ sheets }: StoredRun, { params, tags, metrics }: Changes): void {
  for (const [key, value] of params ?? []) setValue(sheets, 'params', key, value);
  for (const [key, value] of tags ?? []) setValue(sheets, 'tags', key, value);
  for (const [key, { value, timestamp, step }] of metrics ?? []) {
    setValue(sheets, 'metrics', key, { value, timestamp, step });
  }
  const name = tags?.get(NAME_TAG);
  const head = headOf(sheets);
  if (name !== undefined && head.info) head.info = { ...head.info, name };
}
