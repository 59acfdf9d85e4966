import { AppError, type FieldError, invalidField } from '#core/errors.ts';
import { splitRecord } from '#core/table/csv-fields.ts';
import type { TensorData } from '#core/tensors/tensor.ts';
import { type Column, put } from '../columns.ts';
import type { Inputs, Target } from '../predict.ts';
import { problemOfText, valueOfText } from '../text-values.ts';
import { allocateInputs, asError, isRow, MAX_PROBLEMS, toInputs } from './rows-request.ts';

/** Rows as a data frame has them: columns that have names, or only an order. */
export interface Frame {
  readonly names: readonly string[] | undefined;
  readonly rows: number;
  /** Values in a row. */
  readonly width: number;
  readonly at: (row: number, column: number) => unknown;
  /** Values are texts without types. */
  readonly isText: boolean;
}

/** `{"columns": […], "index": […], "data": [[…], …]}`, as pandas writes it with `orient="split"`. */
export function frameOfSplit(given: unknown, field: string): Frame {
  if (!isRow(given)) throw invalidField(field, 'must be an object with "columns" and "data"');
  const other = Object.keys(given).find((key) => !['columns', 'index', 'data'].includes(key));
  if (other !== undefined) throw invalidField(field, `has "columns", "index" and "data" only`);
  const { columns, data } = given;
  if (!Array.isArray(data)) throw invalidField(`${field}.data`, 'must be an array of rows');
  if (columns !== undefined && !Array.isArray(columns)) {
    throw invalidField(`${field}.columns`, 'must be an array of names');
  }
  const names = columns?.map((name, c) => {
    if (typeof name === 'string' || typeof name === 'number') return String(name);
    throw invalidField(`${field}.columns[${c}]`, 'must be a name');
  });
  const width = names?.length ?? (Array.isArray(data[0]) ? data[0].length : 0);
  for (const [r, row] of data.entries()) {
    if (Array.isArray(row) && row.length === width) continue;
    throw invalidField(`${field}.data[${r}]`, `must be an array of ${width} values`);
  }
  return { names, rows: data.length, width, at: (r, c) => data[r][c], isText: false };
}

/** `[{"age": 41}, …]`; a name that a row leaves out is missing there. */
export function frameOfRecords(given: unknown, field: string): Frame {
  if (!Array.isArray(given)) throw invalidField(field, 'must be an array of records');
  const known = new Set<string>();
  for (const [r, row] of given.entries()) {
    if (!isRow(row)) throw invalidField(`${field}[${r}]`, 'must be an object');
    for (const name in row) known.add(name);
  }
  const names = [...known];
  const at = (r: number, c: number) => given[r][names[c] as string];
  return { names, rows: given.length, width: names.length, at, isText: false };
}

/** `{"age": [41, 23]}`, or of one row `{"age": 41}`. */
export function frameOfColumns(columns: ReadonlyMap<string, unknown>, field: string): Frame {
  const names = [...columns.keys()];
  const values = [...columns.values()].map((value) => (Array.isArray(value) ? value : [value]));
  const rows = values[0]?.length ?? 0;
  const other = values.findIndex((column) => column.length !== rows);
  if (other >= 0) {
    throw invalidField(`${field}.${names[other]}`, 'must have as many values as the other columns');
  }
  const at = (r: number, c: number) => (values[c] as unknown[])[r];
  return { names, rows, width: names.length, at, isText: false };
}

const COMMA = 44;

/** CSV with a header, as `pandas.DataFrame.to_csv` writes it. */
export function frameOfCsv(text: string): Frame {
  const bytes = Buffer.from(`${text.replace(/^\ufeff/, '')}\n`, 'utf8');
  const records: string[][] = [];
  for (let at = 0; at < bytes.length; ) {
    const record = splitRecord(bytes, at, bytes.length, COMMA);
    if (!record) throw new AppError('invalid', 'csv: a quote in it is never closed');
    const fields = record.fields.map((field) => Buffer.from(field).toString('utf8'));
    if (fields.length > 1 || fields[0] !== '') records.push(fields);
    at = record.next;
  }
  const [names, ...rows] = records;
  if (!names) throw new AppError('invalid', 'csv: it is empty: its first line names the columns');
  for (const [r, row] of rows.entries()) {
    if (row.length === names.length) continue;
    throw invalidField(`csv[${r}]`, `has ${row.length} values, and the header ${names.length}`);
  }
  const at = (r: number, c: number) => (rows[r] as string[])[c];
  return { names, rows: rows.length, width: names.length, at, isText: true };
}

/**
 * The value of the field that names the unit, which all rows have in common; undefined where there
 * is no such column.
 *
 * @throws AppError `unprocessable` naming the first row of another unit
 */
export function unitOfFrame({ names, rows, at }: Frame, field: string): unknown {
  const column = names?.indexOf(field) ?? -1;
  if (column < 0) return undefined;
  const unit = at(0, column);
  for (let r = 1; r < rows; r++) {
    if (at(r, column) === unit) continue;
    throw new AppError(
      'unprocessable',
      `${field}: row ${r} has another value than the first: send the rows of each unit on their own`,
    );
  }
  return unit;
}

/**
 * A frame as the model's inputs. Columns that the model does not have are passed over, as MLflow
 * does; those it needs must be there.
 *
 * @throws AppError `unprocessable` for missing columns, `invalid` for values
 */
export function frameToInputs(
  target: Target,
  columns: ReadonlyMap<string, Column>,
  frame: Frame,
): Inputs {
  if (frame.rows === 0) throw new AppError('invalid', 'the input must hold at least one row');
  const places = placesOf(target, columns, frame);
  const tensors = allocateInputs(target, frame.rows);
  const problems: FieldError[] = [];
  const fills = [...columns.values()].map((column, i) => ({
    column,
    place: places[i] as number,
    data: tensors.get(column.spec.name)?.data as TensorData,
  }));
  for (let r = 0; r < frame.rows && problems.length < MAX_PROBLEMS; r++) {
    for (const { column, place, data } of fills) {
      const given = place < 0 ? undefined : frame.at(r, place);
      const value = frame.isText ? valueOfText(column, (given as string) ?? '') : given;
      const problem = put(column, value, data, r * column.width + column.feature.column);
      if (problem === undefined) continue;
      const message = frame.isText ? problemOfText(problem, given as string) : problem;
      problems.push({ field: `row ${r}, column "${column.feature.name}"`, message });
    }
  }
  if (problems.length > 0) throw asError(problems.slice(0, MAX_PROBLEMS));
  return toInputs(target, tensors);
}

/** Where the columns of the model stand in the frame, in the model's order; -1: nowhere. */
function placesOf(
  { variant }: Target,
  columns: ReadonlyMap<string, Column>,
  { names, width }: Frame,
): number[] {
  const wanted = [...columns.keys()];
  const found = wanted.map((name) => names?.indexOf(name) ?? -1);
  const isNamed = variant.signature.features !== undefined;
  // MLflow takes the columns of a model that has no names for them in the order of the frame.
  if (!isNamed && width === wanted.length && found.every((at) => at < 0)) {
    return wanted.map((_, i) => i);
  }
  const absent = wanted.filter(
    (name, i) => found[i] === -1 && !columns.get(name)?.feature.nullable,
  );
  const missing = absent.length === 0 && found.every((at) => at < 0) ? wanted : absent;
  if (missing.length > 0) throw missingInputs(missing, names ?? [], wanted);
  const twice = wanted.find((name) => names?.indexOf(name) !== names?.lastIndexOf(name));
  if (twice !== undefined) throw new AppError('unprocessable', `column "${twice}" is given twice`);
  return found;
}

const MOST_NAMED = 20;

function missingInputs(missing: readonly string[], given: readonly string[], wanted: string[]) {
  const list = (names: readonly string[]) => JSON.stringify(names.slice(0, MOST_NAMED));
  const extra = given.filter((name) => !wanted.includes(name));
  const more = extra.length > 0 ? ` Note that there were extra inputs: ${list(extra)}.` : '';
  return new AppError('unprocessable', `Model is missing inputs ${list(missing)}.${more}`);
}
