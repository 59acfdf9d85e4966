import { type Table, takeRows } from '#core/table/table.ts';
import { readObject } from '#shared/objects.ts';
import { type Dataset, getDataset, readTable } from '#slices/datasets';
import { getModel, getVersion, type ModelVersion } from '#slices/registry';
import type { Examination, ExaminedDataset, Scorer } from './examination.ts';
import type { Validation } from './schema.ts';
import type { LoadedScorer } from './scorer.ts';
import { settings } from './settings.ts';
import { otherColumns } from './sources.ts';

/** The same rows and the same chances in every run: a verdict can be repeated. */
const SEED = 20_240_229;

/**
 * Everything a check may ask for. Models are loaded when they are first asked to score.
 * @param wanted.rows of each dataset at most; 0 for a check that needs none
 * @param wanted.accepted leaves out what serving would refuse, unless that is every row
 * @throws AppError where a model or dataset is not there or cannot be read
 */
export async function loadExamination(
  validation: Validation,
  { rows, accepted }: { rows: number; accepted: boolean },
): Promise<Examination & { dispose(): Promise<void> }> {
  const { model, policy } = validation;
  const version = await getVersion(model, validation.version);
  const whole = rows > 0 ? await load(validation.dataset, rows) : undefined;
  const dataset = whole && accepted ? await acceptedOf(whole, version) : whole;
  const others = dataset ? otherColumns({ dataset }) : [];
  const subject = lazyScorer(version, others);
  const champion = await loadChampion(validation, others);
  return {
    task: (await getModel(model)).task,
    version,
    subject,
    champion,
    dataset,
    training: rows > 0 ? await load(validation.trainingDataset, rows) : undefined,
    settings: {
      threshold: policy.decisionThreshold,
      positive: policy.positive,
      latencyLimitMs: policy.latencyLimitMs,
      seed: SEED,
    },
    dispose: async () => {
      await subject.dispose();
      await champion?.scorer.dispose();
    },
  };
}

async function loadChampion({ model, champion: version }: Validation, others: readonly string[]) {
  if (version === undefined) return undefined;
  return { version, scorer: lazyScorer(await getVersion(model, version), others) };
}

/** @param others columns of the data that are no features */
function lazyScorer(
  version: ModelVersion,
  others: readonly string[],
): Scorer & { dispose(): Promise<void> } {
  let made: Promise<LoadedScorer> | undefined;
  return {
    async score(table, options) {
      made ??= open(version, others);
      return (await made).score(table, options);
    },
    async dispose() {
      await (await made?.catch(() => undefined))?.dispose();
    },
  };
}

async function open(
  { artifact, signature }: ModelVersion,
  others: readonly string[],
): Promise<LoadedScorer> {
  const { bytes } = await readObject({
    bucket: settings().ARTIFACTS_BUCKET,
    key: `artifacts/sha256/${artifact.sha256}`,
  });
  // The native runtime is not there for checks that score nothing.
  const { makeScorer } = await import('./scorer.ts');
  return makeScorer(signature, bytes, { others });
}

async function acceptedOf(
  dataset: ExaminedDataset,
  { signature }: ModelVersion,
): Promise<ExaminedDataset> {
  // With the scorer it is in one part, which needs the native runtime.
  const { findRefusals } = await import('./refused-rows.ts');
  const { table } = dataset;
  const { accepted } = findRefusals(signature, table, otherColumns({ dataset }));
  if (accepted.length === 0 || accepted.length === table.rows) return dataset;
  return {
    ...dataset,
    table: takeRows(table, accepted),
    refusedRows: table.rows - accepted.length,
  };
}

async function load(
  used: Validation['dataset'],
  maxRows: number,
): Promise<ExaminedDataset | undefined> {
  if (!used) return undefined;
  const dataset = await getDataset(used.name, used.digest);
  const table = await readTable(dataset, { maxRows, seed: SEED });
  return {
    name: dataset.name,
    digest: dataset.digest,
    table: renamed(table, dataset.features),
    label: dataset.label,
    positive: dataset.positive,
    protectedAttributes: dataset.protected,
  };
}

/** Columns under the names of the features that they feed. */
function renamed(table: Table, features: Dataset['features']): Table {
  const names = new Map(
    Object.entries(features ?? {}).map(([feature, column]) => [column, feature]),
  );
  const columns = table.columns.map((column) => ({
    ...column,
    name: names.get(column.name) ?? column.name,
  }));
  return { ...table, columns };
}
