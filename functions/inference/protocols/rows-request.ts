import { AppError, type FieldError, invalidField } from '#core/errors.ts';
import type { InputPlan, Plan } from '#core/signature/plan.ts';
import { parseExact } from '#core/tensors/exact-json.ts';
import { allocate, type Tensor, type TensorData } from '#core/tensors/tensor.ts';
import { toOnnx } from '#shared/onnx.ts';
import { type Column, put, unknownColumn } from '../columns.ts';
import type { Inputs, Target } from '../predict.ts';

/** Enough to see what is wrong, not a book. */
export const MAX_PROBLEMS = 20;

type Columns = ReadonlyMap<string, Column>;
type Row = Record<string, unknown>;

/** The list in the body; its entries are checked with `rowsToInputs`. */
export function parseRows({ exactIntegers }: Pick<Plan, 'exactIntegers'>, text: string): unknown[] {
  let body: unknown;
  try {
    body = exactIntegers ? parseExact(text) : JSON.parse(text);
  } catch (error) {
    throw new AppError('invalid', `the body is not JSON: ${(error as Error).message}`);
  }
  if (!isRow(body)) throw new AppError('invalid', 'the body must be a JSON object');
  const other = Object.keys(body).find((key) => key !== 'rows');
  if (other !== undefined) throw invalidField(other.slice(0, 64), 'is not a field of this request');
  if (!Array.isArray(body.rows)) throw invalidField('rows', 'must be an array of objects');
  if (body.rows.length === 0) throw invalidField('rows', 'must hold at least one row');
  return body.rows;
}

/**
 * The value of the field that names the unit. A request goes to one variant as a whole, so that
 * its rows must be of one unit.
 *
 * @throws AppError `unprocessable` naming the first row of another unit
 */
export function unitOfRows(rows: readonly unknown[], field: string): unknown {
  const valueIn = (row: unknown) => (isRow(row) ? (row[field] ?? undefined) : undefined);
  const unit = valueIn(rows[0]);
  const other = rows.findIndex((row) => valueIn(row) !== unit);
  if (other < 0) return unit;
  const message = 'differs from that of the first row: send the rows of each unit on their own';
  throw new AppError('unprocessable', `rows[${other}].${field}: ${message}`, {
    fields: [{ field: `rows[${other}].${field}`, message }],
  });
}

/**
 * Rows as the model's inputs; throws one AppError that names every bad value, up to a limit.
 * @param unitField a field that rows may have beside the model's columns
 */
export function rowsToInputs(
  target: Target,
  columns: Columns,
  rows: unknown[],
  unitField?: string,
): Inputs {
  const tensors = allocateInputs(target, rows.length);
  const list = [...columns.values()].map((column) => ({
    column,
    name: column.feature.name,
    data: tensors.get(column.spec.name)?.data as TensorData,
  }));
  const problems: FieldError[] = [];
  for (let r = 0; r < rows.length && problems.length < MAX_PROBLEMS; r++) {
    const row = rows[r];
    if (!isRow(row)) {
      problems.push({ field: `rows[${r}]`, message: 'must be an object' });
      continue;
    }
    let present = 0;
    for (const { column, name, data } of list) {
      const value = row[name];
      if (value !== undefined) present++;
      const problem = put(column, value, data, r * column.width + column.feature.column);
      if (problem !== undefined) problems.push({ field: `rows[${r}].${name}`, message: problem });
    }
    if (countKeys(row) > present) problems.push(...unknownIn(row, r, columns, unitField));
  }
  if (problems.length > 0) throw asError(problems.slice(0, MAX_PROBLEMS));
  return toInputs(target, tensors);
}

/** Tensors by the names of the model's inputs, as its session takes them. */
export const toInputs = (target: Target, tensors: ReadonlyMap<string, Tensor>): Inputs =>
  Object.fromEntries(
    [...tensors].map(([name, tensor]) => [sessionNameOf(target, name), toOnnx(tensor)]),
  );

const sessionNameOf = ({ plan }: Target, input: string): string =>
  (plan.inputs.get(input) as InputPlan).sessionName;

/** Room for so many rows, by the name of the input. @throws AppError where it takes another number */
export function allocateInputs({ variant }: Target, rows: number) {
  return new Map(
    variant.signature.inputs.map(({ name, datatype, shape: declared }) => {
      const fixed = declared[0];
      if (typeof fixed === 'number' && fixed >= 0 && fixed !== rows) {
        throw invalidField('rows', `the model takes exactly ${fixed} at a time, not ${rows}`);
      }
      const shape = [rows, ...declared.slice(1).map(Number)];
      const data = allocate(
        datatype,
        shape.reduce((a, b) => a * b, 1),
      );
      return [name, { datatype, shape, data }] as const;
    }),
  );
}

function countKeys(row: Row): number {
  let keys = 0;
  for (const _ in row) keys++;
  return keys;
}

const unknownIn = (row: Row, index: number, columns: Columns, unitField?: string): FieldError[] =>
  Object.keys(row)
    .filter((key) => !columns.has(key) && key !== unitField)
    .slice(0, MAX_PROBLEMS)
    .map((key) => ({
      field: `rows[${index}].${key.slice(0, 64)}`,
      message: unknownColumn(key, columns.keys()),
    }));

/** One error for all of them, which says the first. */
export function asError(problems: readonly FieldError[]): AppError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  const message = `${first?.field}: ${first?.message}${more}`;
  return new AppError('invalid', message, { fields: problems });
}

export const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
