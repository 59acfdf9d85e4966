import { AppError } from '#core/errors.ts';
import {
  type Column,
  columnOf,
  isMissing,
  type Table,
  takeRows,
  textAt,
} from '#core/table/table.ts';
import type { ExaminedDataset } from '../../examination.ts';
import type { Finding } from '../../schema.ts';

export type LabelledDataset = ExaminedDataset & { readonly label: string };

export const isLabelled = (dataset: ExaminedDataset): dataset is LabelledDataset =>
  dataset.label !== undefined;

/** Without rows that have no label, so that a sample can be judged; all where none has one. */
export function labelledRows(dataset: LabelledDataset): LabelledDataset {
  const { table } = dataset;
  const column = labelColumn(dataset);
  const rows = Int32Array.from({ length: table.rows }, (_, row) => row);
  const kept = rows.filter((row) => !isMissing(column, row));
  if (kept.length === 0 || kept.length === table.rows) return dataset;
  return { ...dataset, table: takeRows(table, kept) };
}

/** The rows that a model can be judged on. */
export interface Labelled<T> {
  readonly table: Table;
  readonly truth: T;
  /** Where they were in the dataset; undefined where all are kept. */
  readonly kept: readonly number[] | undefined;
  readonly findings: readonly Finding[];
}

/** @throws AppError `unprocessable` where the dataset lacks its label column */
function labelColumn({ name, table, label }: LabelledDataset): Column {
  const column = columnOf(table, label);
  if (column) return column;
  throw new AppError(
    'unprocessable',
    `dataset ${name} has no column "${label}" to take labels from`,
  );
}

/**
 * Labels as positions in the model's classes; rows without a label, or with one that the model
 * cannot answer, are left out and counted in a finding.
 *
 * @throws AppError `unprocessable` where no row is left
 */
export function classLabels(
  dataset: LabelledDataset,
  classes: readonly string[],
): Labelled<Int32Array> {
  const column = labelColumn(dataset);
  const known = classReader(classes);
  const unknown = new Map<string, number>();
  const codes = new Int32Array(dataset.table.rows);
  let missing = 0;
  const seen = new Map<number, number>();
  for (let row = 0; row < codes.length; row++) {
    const key = column.kind === 'numeric' ? column.values[row]! : column.codes[row]!;
    const text = seen.has(key) ? '' : textAt(column, row);
    if (!seen.has(key)) seen.set(key, text === undefined ? MISSING : known(text));
    codes[row] = seen.get(key)!;
    if (codes[row] === MISSING) missing++;
    if (codes[row] !== UNKNOWN) continue;
    const value = textAt(column, row)!;
    unknown.set(value, (unknown.get(value) ?? 0) + 1);
  }
  const findings = [
    ...missingFinding(dataset, missing),
    ...unknownFinding(unknown, dataset, classes),
  ];
  return keepRows(dataset, codes, { keep: (code) => code >= 0, findings });
}

const MISSING = -1;
const UNKNOWN = -2;

/** Reads a label as it is written, as the same number written otherwise, or as a truth value. */
function classReader(classes: readonly string[]): (text: string) => number {
  const numbers = classes.map((name) => (name.trim() === '' ? Number.NaN : Number(name)));
  const truthValues: Record<string, number> = { true: 1, false: 0 };
  return (text) => {
    const exact = classes.indexOf(text);
    if (exact >= 0) return exact;
    const number = truthValues[text.toLowerCase()] ?? Number(text);
    const same = text.trim() === '' ? -1 : numbers.indexOf(number);
    return same >= 0 ? same : UNKNOWN;
  };
}

/**
 * Labels as numbers; rows without one are left out and counted in a finding.
 *
 * @throws AppError `unprocessable` where the labels are texts or no row is left
 */
export function valueLabels(dataset: LabelledDataset): Labelled<Float64Array> {
  const column = labelColumn(dataset);
  if (column.kind === 'text') {
    const example = JSON.stringify(column.categories[0] ?? '');
    throw new AppError(
      'unprocessable',
      `labels in "${dataset.label}" must be numbers for a regression; ${example} is a text`,
    );
  }
  const missing = column.values.reduce(
    (count, value) => count + (Number.isFinite(value) ? 0 : 1),
    0,
  );
  const findings = missingFinding(dataset, missing);
  return keepRows(dataset, column.values, { keep: Number.isFinite, findings });
}

function keepRows<T extends Int32Array | Float64Array>(
  { name, table, label }: LabelledDataset,
  truth: T,
  { keep, findings }: { keep: (value: number) => boolean; findings: readonly Finding[] },
): Labelled<T> {
  const kept: number[] = [];
  for (let row = 0; row < truth.length; row++) if (keep(truth[row]!)) kept.push(row);
  if (kept.length === 0) {
    const why = findings.map(({ message }) => ` ${message}`).join('');
    throw new AppError(
      'unprocessable',
      `no row of dataset ${name} has a usable label in "${label}".${why}`,
    );
  }
  if (kept.length === truth.length) return { table, truth, kept: undefined, findings };
  return { table: takeRows(table, kept), truth: truth.filter(keep) as T, kept, findings };
}

function missingFinding({ table, label }: LabelledDataset, missing: number): Finding[] {
  if (missing === 0) return [];
  const message = `${missing} of ${table.rows} rows have no label in "${label}" and were left out.`;
  return [{ severity: 'warning', code: 'missing-labels', message, where: label }];
}

/** Names at most this many values: the first are enough to see what went wrong. */
const NAMED = 5;

function unknownFinding(
  unknown: ReadonlyMap<string, number>,
  { table, label }: LabelledDataset,
  classes: readonly string[],
): Finding[] {
  if (unknown.size === 0) return [];
  const rows = [...unknown.values()].reduce((a, b) => a + b, 0);
  const quoted = (names: readonly string[]) =>
    names
      .slice(0, NAMED)
      .map((name) => JSON.stringify(name))
      .join(', ') + (names.length > NAMED ? ', …' : '');
  const message =
    `${rows} of ${table.rows} labels in "${label}" are not among the model's classes: ` +
    `${quoted([...unknown.keys()])} (the model knows ${quoted(classes)}). Those rows were left out.`;
  return [{ severity: 'critical', code: 'unknown-label', message, where: label }];
}
