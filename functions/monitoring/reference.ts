import { Profiler } from '#core/profile/profiler.ts';
import type { ColumnProfile, Profile } from '#core/profile/schema.ts';
import { type Dataset, findDataset, getProfile } from '#slices/datasets';
import { getVersion, type ModelVersion } from '#slices/registry';
import { readCaptures } from '#slices/traffic';
import type { MonitorSpec } from './schema.ts';

/** The variant and version that a window's report is about. */
export interface Subject {
  readonly variant: string;
  readonly model: string;
  readonly version: number;
}

export interface ReferenceData {
  /** In words. */
  readonly name: string;
  readonly rows: number;
  /** Columns as captures call them. */
  readonly columns: readonly ColumnProfile[];
}

/** Undefined for a version that the registry does not have, such as one that SageMaker runs. */
export async function versionOf(subject: Subject | undefined): Promise<ModelVersion | undefined> {
  if (!subject || subject.version === 0) return undefined;
  return getVersion(subject.model, subject.version);
}

/** What a window is compared with; undefined where there is none (any more). */
export async function readReference(
  { reference }: Pick<MonitorSpec, 'reference'>,
  endpoint: string,
  version: ModelVersion | undefined,
): Promise<ReferenceData | undefined> {
  if (reference.kind === 'window') {
    const span = { from: Date.parse(reference.from), to: Date.parse(reference.to) };
    return ofCaptures(endpoint, span);
  }
  const wanted = reference.kind === 'dataset' ? reference : trainingOf(version);
  const dataset = wanted && (await findDataset(wanted));
  if (!dataset) return undefined;
  return ofDataset(dataset, await getProfile(dataset.digest), version);
}

/** What the version was trained on, as its lineage says. */
function trainingOf(version: ModelVersion | undefined) {
  const named = version?.lineage?.datasets ?? [];
  const found = named.find(({ role }) => role === 'training' || role === 'reference');
  return found && { name: found.name, digest: found.digest };
}

async function ofCaptures(
  endpoint: string,
  span: { from: number; to: number },
): Promise<ReferenceData | undefined> {
  const profiler = new Profiler();
  for await (const table of readCaptures({ endpoint, ...span })) {
    const columns = table.columns.filter(({ name }) => /^(in|out)_/.test(name));
    profiler.update({ ...table, columns });
  }
  const { rows, columns } = profiler.toJSON();
  const iso = (at: number) => new Date(at).toISOString();
  const name = `the captures from ${iso(span.from)} to ${iso(span.to)}`;
  return rows > 0 ? { name, rows, columns } : undefined;
}

function ofDataset(
  dataset: Dataset,
  { rows, columns }: Profile,
  version: ModelVersion | undefined,
): ReferenceData {
  const featureOf = new Map(
    Object.entries(dataset.features ?? {}).map(([feature, column]) => [column, feature]),
  );
  const label = version?.signature.outputs.find(({ role }) => role === 'label' || role === 'value');
  const renamed = columns.map((column) => {
    const isLabel = column.name === dataset.label && label;
    const name = isLabel ? `out_${label.name}` : `in_${featureOf.get(column.name) ?? column.name}`;
    return { ...column, name };
  });
  const name = `the ${dataset.role} data "${dataset.name}", ${dataset.digest.slice(0, 12)}`;
  return { name, rows, columns: renamed };
}
