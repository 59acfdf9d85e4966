import { countDuplicateRows } from '#core/quality/duplicate-rows.ts';
import { columnOf, type Table, textAt } from '#core/table/table.ts';
import { type Check, type Examination, type ExaminedDataset, NO_DATASET } from '../examination.ts';
import {
  type Examined,
  examineColumn,
  realShift,
  type Truth,
} from './data-quality/examine-column.ts';
import { columnFindings, duplicateFindings, labelFindings } from './data-quality/findings.ts';

/** The data itself: gaps, outliers, repetitions, what the contract and the training never saw. */
export const checkDataQuality: Check<'data-quality'> = async (examination) => {
  const { dataset, training } = examination;
  if (!dataset) return NO_DATASET;
  const { table } = dataset;
  const truth = truthOf(examination, dataset);
  const examined = examineAll(examination, dataset, truth);
  const duplicateRows = countDuplicateRows(table);
  const labels = truth?.labels;
  return {
    status: 'completed',
    figures: {
      ...figuresOf(examined, table.rows),
      'duplicate-share': { value: table.rows ? duplicateRows / table.rows : null, n: table.rows },
      ...(labels && { 'rarest-label-share': { value: labels.at(-1)!.share, n: truth.rows } }),
    },
    findings: [
      ...examined.flatMap(columnFindings),
      ...duplicateFindings(duplicateRows, table.rows),
      ...labelFindings(labels ?? [], truth?.rows ?? 0),
    ],
    evidence: {
      rows: table.rows,
      duplicateRows,
      columns: examined.map(({ evidence }) => evidence),
      ...(labels && { labels: labels.slice(0, MAX_LABELS) }),
      ...(training && { trainingDataset: `${training.name} (${training.digest.slice(0, 12)})` }),
    },
  };
};

/** Every column but the label, which is looked at as such. */
function examineAll(
  { version, training }: Examination,
  { table, label }: ExaminedDataset,
  truth: LabelledTruth | undefined,
): Examined[] {
  const features = new Map((version.signature.features ?? []).map((f) => [f.name, f]));
  return table.columns
    .filter(({ name }) => name !== label)
    .map((column) =>
      examineColumn(column, {
        feature: features.get(column.name),
        training: training && columnOf(training.table, column.name),
        // Only what the model sees can give the label away.
        truth: features.has(column.name) ? truth?.of : undefined,
      }),
    );
}

function figuresOf(examined: readonly Examined[], n: number) {
  const worst = (pick: (one: Examined) => number | undefined) => {
    const values = examined.map(pick).filter((value) => value !== undefined);
    return { value: values.length > 0 ? Math.max(...values) : null, n };
  };
  const mean = (pick: (one: Examined) => number) => ({
    value:
      examined.length > 0
        ? examined.reduce((sum, one) => sum + pick(one), 0) / examined.length
        : null,
    n,
  });
  return {
    'missing-share': mean(({ evidence }) => evidence.missing),
    'worst-missing-share': worst(({ evidence }) => evidence.missing),
    'worst-outlier-share': worst(({ evidence }) => evidence.outliers),
    'out-of-contract-share': worst(({ evidence }) => evidence.outOfContract),
    'unseen-category-share': worst(({ unseenShare }) => unseenShare),
    'largest-shift-psi': worst(({ evidence }) =>
      evidence.shift === undefined ? undefined : realShift(evidence),
    ),
    'leakage-max': worst(({ evidence }) => evidence.leakage),
  };
}

interface LabelledTruth {
  readonly of: Truth;
  /** Shares of the classes, the most frequent first. */
  readonly labels: { label: string; share: number }[] | undefined;
  /** Rows with a label. */
  readonly rows: number;
}

function truthOf(
  { task }: Examination,
  { table, label }: ExaminedDataset,
): LabelledTruth | undefined {
  const column = label === undefined ? undefined : columnOf(table, label);
  if (!column) return undefined;
  if (task !== 'regression') return classTruth(table, label as string);
  if (column.kind === 'text') return undefined;
  const { values } = column;
  const rows = values.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : 1), 0);
  return { of: { kind: 'values', values }, labels: undefined, rows };
}

function classTruth(table: Table, label: string): LabelledTruth | undefined {
  const column = columnOf(table, label);
  if (!column) return undefined;
  const codes = new Int32Array(table.rows);
  const known = new Map<string, number>();
  const counts: number[] = [];
  for (let row = 0; row < table.rows; row++) {
    const text = textAt(column, row);
    if (text !== undefined && !known.has(text)) known.set(text, known.size);
    const code = text === undefined ? -1 : (known.get(text) as number);
    codes[row] = code;
    if (code >= 0) counts[code] = (counts[code] ?? 0) + 1;
  }
  const rows = counts.reduce((a, b) => a + b, 0);
  const labels = [...known]
    .map(([name, code]) => ({ label: name, share: (counts[code] as number) / rows }))
    .sort((a, b) => b.share - a.share);
  return { of: { kind: 'classes', codes }, labels: labels.length > 0 ? labels : undefined, rows };
}

const MAX_LABELS = 200;
