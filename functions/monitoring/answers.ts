import type * as z from 'zod';
import { captureColumns } from '#core/capture/columns.ts';
import { classNames, nameOfNumber } from '#core/signature/classes.ts';
import type { OutputRole, Signature } from '#core/signature/schema.ts';
import type { ClassScores, Scores } from '#core/table/scores.ts';
import { type Column, columnOf, type Table, textAt } from '#core/table/table.ts';

export interface Answers {
  readonly scores: Scores;
  /** Rows of the table that have an answer, in their order. */
  readonly rows: Int32Array;
}

/** From which probability on a row counts as the positive class, as the version was examined. */
export interface Decision {
  readonly positive: string | undefined;
  readonly threshold: number | undefined;
}

/** What a model answered, from a table of captures; undefined where that was not captured. */
export function answersIn(
  table: Table,
  signature: Signature,
  decision: Decision,
): Answers | undefined {
  const columns = (role: z.infer<typeof OutputRole>) => outputColumns(table, signature, role);
  const value = columns('value')?.[0];
  if (value) return valuesOf(value, table.rows);
  const label = columns('label')?.[0];
  const probabilities = columns('probabilities');
  if (probabilities) return classesOf(probabilities, label, { signature, decision, table });
  return label && labelsOf(label, signature, table.rows);
}

/** Undefined unless the output is there with all of its columns. */
function outputColumns(
  table: Table,
  signature: Signature,
  role: z.infer<typeof OutputRole>,
): Column[] | undefined {
  const output = signature.outputs.find((one) => one.role === role);
  if (!output) return undefined;
  const names = captureColumns(signature)
    .filter(({ side, tensor, at }) => side === 'out' && tensor === output.name && at !== undefined)
    .map(({ name }) => name);
  const found = names.flatMap((name) => columnOf(table, name) ?? []);
  return names.length > 0 && found.length === names.length ? found : undefined;
}

const rowsWhere = (rows: number, keep: (row: number) => boolean): Int32Array =>
  Int32Array.from({ length: rows }, (_, row) => row).filter(keep);

function valuesOf(column: Column, all: number): Answers | undefined {
  if (column.kind === 'text') return undefined;
  const rows = rowsWhere(all, (row) => Number.isFinite(column.values[row]));
  const values = Float64Array.from(rows, (row) => column.values[row] as number);
  return { rows, scores: { kind: 'values', values } };
}

interface Classes {
  readonly signature: Signature;
  readonly decision: Decision;
  readonly table: Table;
}

function classesOf(
  columns: readonly Column[],
  label: Column | undefined,
  { signature, decision, table }: Classes,
): Answers | undefined {
  const own = columns.map((column) => (column.kind === 'numeric' ? column.values : undefined));
  if (own.includes(undefined)) return undefined;
  const named = classNames(signature, columns.length);
  // One column is the probability of the second of two classes.
  const classes = named.length === 1 ? ['0', '1'] : named;
  const rows = rowsWhere(table.rows, (row) =>
    own.every((values) => Number.isFinite(values?.[row])),
  );
  const probabilities = new Float64Array(rows.length * classes.length);
  for (const [i, row] of rows.entries()) {
    const values = own.map((column) => column?.[row] as number);
    const single = values.length === 1 ? [1 - (values[0] as number), values[0] as number] : values;
    probabilities.set(single, i * classes.length);
  }
  const decide = decider({ classes, probabilities }, decision);
  const predicted = Int32Array.from(rows, (row, i) => {
    const said = decide ? -1 : positionOf(classes, label && textAt(label, row));
    return said >= 0 ? said : (decide ?? likeliest(classes.length, probabilities))(i);
  });
  return { rows, scores: { kind: 'classes', classes, predicted, probabilities } };
}

type Scored = Pick<ClassScores, 'classes'> & { readonly probabilities: Float64Array };

/** Undefined where the model's own label counts: more than two classes, or the usual threshold. */
function decider(
  { classes, probabilities }: Scored,
  { positive, threshold = 0.5 }: Decision,
): ((row: number) => number) | undefined {
  const at = positive === undefined ? 1 : classes.indexOf(positive);
  if (classes.length !== 2 || at < 0 || threshold === 0.5) return undefined;
  return (row) => ((probabilities[2 * row + at] as number) >= threshold ? at : 1 - at);
}

const likeliest = (width: number, probabilities: Float64Array) => (row: number) => {
  const own = probabilities.subarray(row * width, (row + 1) * width);
  return own.indexOf(Math.max(...own));
};

/** -1 where it is none of the classes. */
export function positionOf(classes: readonly string[], label: string | undefined): number {
  if (label === undefined) return -1;
  return classes.indexOf(nameOfNumber(classes, label) ?? label);
}

function labelsOf(label: Column, { classes: declared }: Signature, all: number): Answers {
  const rows = rowsWhere(all, (row) => textAt(label, row) !== undefined);
  const texts = Array.from(rows, (row) => textAt(label, row) as string);
  const classes = declared ?? [...new Set(texts)].sort();
  const predicted = Int32Array.from(texts, (text) => positionOf(classes, text));
  return { rows, scores: { kind: 'classes', classes, predicted, probabilities: undefined } };
}
