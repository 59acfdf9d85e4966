import { captureColumns } from '#core/capture/columns.ts';
import type { Segment } from '#core/monitoring/segments.ts';
import type { Span } from '#core/monitoring/windows.ts';
import { BinCounts, edgesOf } from '#core/profile/bin-counts.ts';
import { QuantileSketch } from '#core/profile/quantile-sketch.ts';
import { roundProfile } from '#core/profile/rounded.ts';
import type { ColumnProfile } from '#core/profile/schema.ts';
import type { Signature } from '#core/signature/schema.ts';
import {
  type Column,
  columnOf,
  type NumericColumn,
  type Table,
  type TextColumn,
  takeRows,
  textAt,
} from '#core/table/table.ts';
import { type Dataset, findDataset, getProfile, readTable } from '#slices/datasets';
import { getVersion, type ModelVersion } from '#slices/registry';
import { readCaptures, readSummedRows } from '#slices/traffic';
import { feedbackOn, type KnownRows, NOTHING_KNOWN, Observer } from './observe.ts';
import type { Reference } from './schema.ts';

/** The variant and version that a window's report is about. */
export interface Subject {
  readonly variant: string;
  readonly model: string;
  readonly version: number;
}

/** A window that others are compared with, and whose rows in it. */
export type FirstWindow = Span & { readonly subject?: Subject | undefined };

export interface ReferenceData {
  /** In words. */
  readonly name: string;
  /** Which data these are. */
  readonly fingerprint: string;
  readonly rows: number;
  /** Columns as captures call them, of all rows. */
  readonly columns: readonly ColumnProfile[];
  /** The rows themselves, or some of them by chance, or none of a file that is too large. */
  readonly sample: Table;
  readonly isWhole: boolean;
  /** Of captures: those whose truth is known. */
  readonly known: KnownRows;
}

/** Rows that are kept as they are: tests between samples gain little from more. */
const KEPT_ROWS = 20_000;
/** A larger file takes too long to be read for each window. */
const MAX_FILE_BYTES = 512 * 2 ** 20;
const SEED = 20_261_126;

/** Undefined for a version that the registry does not have, such as one that SageMaker runs. */
export async function versionOf(subject: Subject | undefined): Promise<ModelVersion | undefined> {
  if (!subject || subject.version === 0) return undefined;
  return getVersion(subject.model, subject.version);
}

/**
 * What a window is compared with; undefined where there is none (any more).
 *
 * @param first the window that was taken where none is named
 */
export async function readReference(
  reference: Reference,
  of: ReferenceOf,
): Promise<ReferenceData | undefined> {
  const { version } = of;
  const span = spanOf(reference, of.first);
  if (span) return ofCaptures(of, span);
  if (reference.kind === 'first-window' || reference.kind === 'window') return undefined;
  const wanted = reference.kind === 'dataset' ? reference : trainingOf(version);
  const dataset = wanted && (await findDataset(wanted));
  return dataset && ofDataset(dataset, version);
}

interface ReferenceOf {
  readonly endpoint: string;
  readonly version: ModelVersion | undefined;
  readonly first: FirstWindow | undefined;
  readonly segments: readonly Segment[];
}

/** Of captures that are the reference. */
function spanOf(reference: Reference, first: FirstWindow | undefined): FirstWindow | undefined {
  if (reference.kind === 'first-window') return first;
  if (reference.kind !== 'window') return undefined;
  return { from: Date.parse(reference.from), to: Date.parse(reference.to) };
}

/** What the version was trained on, as its lineage says. */
function trainingOf(version: ModelVersion | undefined) {
  const named = version?.lineage?.datasets ?? [];
  const found = named.find(({ role }) => role === 'training' || role === 'reference');
  return found && { name: found.name, digest: found.digest };
}

/**
 * Of one variant and version: that of the first window, or the one with most rows. A canary's rows
 * are no reference for what it was tried against.
 */
async function ofCaptures(
  { endpoint, segments }: ReferenceOf,
  { subject, ...span }: FirstWindow,
): Promise<ReferenceData | undefined> {
  const { known, said } = await feedbackOn(endpoint, span);
  const observers = new Map<string, Observer>();
  const observerOf = (name: string): Observer => {
    const observer = observers.get(name) ?? new Observer(undefined, { known, segments });
    observers.set(name, observer);
    return observer;
  };
  const asked = { endpoint, ...span, variant: subject?.variant, version: subject?.version };
  for await (const table of readCaptures(asked)) {
    for (const [name, part] of bySubject(table)) observerOf(name).add(part);
  }
  for await (const summed of readSummedRows(asked)) {
    observerOf(nameOf(summed)).addSummed(summed);
  }
  const [most] = [...observers]
    .map(([name, observer]) => ({ name, ...observer.finish() }))
    .sort((a, b) => b.profile.rows - a.profile.rows || (a.name < b.name ? -1 : 1));
  if (!most || most.profile.rows === 0) return undefined;
  const { profile, sample, isWhole, known: labelled, fingerprint } = most;
  const iso = (at: number) => new Date(at).toISOString();
  return referenceOf({
    ...{ name: `the captures from ${iso(span.from)} to ${iso(span.to)}`, rows: profile.rows },
    ...{ columns: profile.columns, sample, isWhole, known: labelled },
    fingerprint: `${fingerprint} ${said}`,
  });
}

const nameOf = ({ variant, model, version }: Subject): string => `${variant} ${model} ${version}`;

/** Rows of each variant and version. */
function bySubject(table: Table): Map<string, Table> {
  const [variants, models] = ['variant', 'model'].map((name) => columnOf(table, name)) as [
    TextColumn,
    TextColumn,
  ];
  const { values: versions } = columnOf(table, 'version') as NumericColumn;
  const rows = new Map<string, number[]>();
  for (let row = 0; row < table.rows; row++) {
    const name = nameOf({
      ...{ variant: textAt(variants, row), model: textAt(models, row), version: versions[row] },
    } as Subject);
    const own = rows.get(name) ?? [];
    own.push(row);
    rows.set(name, own);
  }
  return new Map([...rows].map(([name, own]) => [name, takeRows(table, own)]));
}

/** What a version was trained on, summed up: for whoever is to hold no rows of it. */
export async function trainingProfile(version: ModelVersion) {
  const wanted = trainingOf(version);
  const dataset = wanted && (await findDataset(wanted));
  return dataset && profileOf(dataset, version);
}

async function profileOf(dataset: Dataset, version: ModelVersion | undefined) {
  const { rows, columns } = await getProfile(dataset.digest);
  const nameOf = namesIn(dataset, version?.signature);
  const roundOf = precisionOf(version?.signature);
  const named = columns.map((column) => {
    const name = nameOf(column.name);
    return roundProfile({ ...column, name }, roundOf(name));
  });
  const name = `the ${dataset.role} data "${dataset.name}", ${dataset.digest.slice(0, 12)}`;
  return { name, rows, columns: named };
}

async function ofDataset(
  dataset: Dataset,
  version: ModelVersion | undefined,
): Promise<ReferenceData> {
  const [profile, sample] = await Promise.all([profileOf(dataset, version), readSample(dataset)]);
  const nameOf = namesIn(dataset, version?.signature);
  const roundOf = precisionOf(version?.signature);
  const own = sample.columns.map((column) => {
    const name = nameOf(column.name);
    return roundColumn({ ...column, name }, roundOf(name));
  });
  return referenceOf({
    ...{ ...profile, sample: { ...sample, columns: own } },
    isWhole: sample.rows === profile.rows,
    known: NOTHING_KNOWN,
    fingerprint: JSON.stringify([dataset.digest, dataset.label, dataset.features]),
  });
}

/** The last one read: a run looks at several windows. Content never changes under a digest. */
let lastRead: { readonly digest: string; readonly table: Promise<Table> } | undefined;

async function readSample(dataset: Dataset): Promise<Table> {
  if (dataset.sizeBytes > MAX_FILE_BYTES) return { rows: 0, columns: [] };
  if (lastRead?.digest !== dataset.digest) {
    const table = readTable(dataset, { maxRows: KEPT_ROWS, seed: SEED });
    lastRead = { digest: dataset.digest, table };
    table.catch(() => {
      lastRead = undefined;
    });
  }
  return lastRead.table;
}

/** Columns of a dataset under the names that captures have for them. */
function namesIn(dataset: Dataset, signature: Signature | undefined): (column: string) => string {
  const featureOf = new Map(
    Object.entries(dataset.features ?? {}).map(([feature, column]) => [column, feature]),
  );
  const label = signature?.outputs.find(({ role }) => role === 'label' || role === 'value');
  return (column) =>
    column === dataset.label && label
      ? `out_${label.name}`
      : `in_${featureOf.get(column) ?? column}`;
}

/** Captures hold a value as the model takes it. */
export function precisionOf(
  signature: Signature | undefined,
): (column: string) => (value: number) => number {
  const columns = signature ? captureColumns(signature) : [];
  const single = new Set(
    columns.filter(({ datatype }) => datatype === 'FP32').map(({ name }) => name),
  );
  return (column) => (single.has(column) ? Math.fround : (value) => value);
}

export const roundColumn = (column: Column, round: (value: number) => number): Column =>
  column.kind === 'text' ? column : { ...column, values: column.values.map(round) };

/** With counts between the edges that windows are counted between, from the rows at hand. */
export function referenceOf(data: ReferenceData): ReferenceData {
  const columns = data.columns.map((column): ColumnProfile => {
    const own = columnOf(data.sample, column.name);
    if (column.kind === 'text' || own?.kind !== 'numeric') return column;
    const bins = new BinCounts(edgesOf(QuantileSketch.from(column.quantiles)));
    bins.add(own.values.filter(Number.isFinite));
    const { edges, counts } = bins.toJSON();
    return { ...column, bins: { edges: [...edges], counts: [...counts] } };
  });
  return { ...data, columns };
}
