import { invalidField } from '#core/errors.ts';
import { checkLength, LIMITS } from '#core/tracking/names.ts';
import { TIME, whole } from '#core/tracking/plan.ts';
import { readActiveRun } from './log.ts';
import { CONTEXT_TAG, type DatasetInput, type InputsAndOutputs, type Space } from './records.ts';
import { readRuns, saveIo } from './run-store.ts';
import { slices, untilUnchanged } from './store.ts';
import { walk } from './streams.ts';

/** Adds what a run was given or has made; what it has already is not added twice. */
export async function addInputsAndOutputs(
  space: Space,
  id: string,
  added: Partial<InputsAndOutputs>,
): Promise<void> {
  checkDatasets(added.datasets ?? []);
  await untilUnchanged(async () => {
    const run = await readActiveRun(space, id);
    const after: InputsAndOutputs = {
      datasets: distinct(run.datasets, added.datasets, ({ dataset: { name, digest } }) =>
        JSON.stringify([name, digest]),
      ),
      modelInputs: distinct(run.modelInputs, added.modelInputs, ({ model_id }) => model_id),
      modelOutputs: distinct(run.modelOutputs, added.modelOutputs, ({ model_id, step }) =>
        JSON.stringify([model_id, step]),
      ),
    };
    return (await saveIo(space, run, after)) || undefined;
  });
}

const distinct = <T>(before: readonly T[], added: readonly T[] = [], name: (one: T) => string) =>
  [...new Map([...before, ...added].reverse().map((one) => [name(one), one])).values()].reverse();

function checkDatasets(datasets: readonly DatasetInput[]): void {
  if (datasets.length > LIMITS.datasets) {
    throw invalidField('datasets', `at most ${LIMITS.datasets} of them in one request`);
  }
  for (const [i, { dataset, tags }] of datasets.entries()) {
    for (const field of ['name', 'digest', 'schema', 'source', 'profile'] as const) {
      checkLength(dataset[field] ?? '', LIMITS.dataset[field], `datasets[${i}].dataset.${field}`);
    }
    for (const { key, value } of tags) {
      checkLength(key, LIMITS.inputTag.key, `datasets[${i}].tags.key`);
      checkLength(value, LIMITS.inputTag.value, `datasets[${i}].tags.value`);
    }
  }
}

export interface DatasetSummary {
  readonly experiment_id: string;
  readonly name: string;
  readonly digest: string;
  readonly context?: string | undefined;
}

const MOST = 1000;
/** The runs that are looked at: the latest. */
const MOST_RUNS = 2000;

/** The datasets that the latest runs of experiments were given. */
export async function findDatasets(
  space: Space,
  experiments: readonly string[],
): Promise<DatasetSummary[]> {
  const found = new Map<string, DatasetSummary>();
  const ids: string[] = [];
  const entries = walk(space, experiments, 'RUN', { range: whole(TIME), ascending: true });
  for await (const { id } of entries) if (ids.push(id) === MOST_RUNS) break;
  for (const part of slices(ids, 330)) {
    for (const { info, datasets } of (await readRuns(space, part)).values()) {
      for (const { dataset, tags } of datasets) {
        const context = tags.find(({ key }) => key === CONTEXT_TAG)?.value;
        const { name, digest } = dataset;
        const summary = { experiment_id: info.experimentId, name, digest, context };
        found.set(JSON.stringify(summary), summary);
      }
    }
  }
  return [...found.values()].slice(0, MOST);
}
