import { AppError, type FieldError, invalidField } from '#core/errors.ts';
import type { InputPlan } from '#core/signature/plan.ts';
import { parseExact } from '#core/tensors/exact-json.ts';
import { allocate, type TensorData } from '#core/tensors/tensor.ts';
import { toOnnx } from '#shared/onnx.ts';
import { type Column, put, unknownColumn } from '../columns.ts';
import type { Inputs, Target } from '../predict.ts';

/** Enough to see what is wrong, not a book. */
const MAX_PROBLEMS = 20;

type Columns = ReadonlyMap<string, Column>;
type Row = Record<string, unknown>;

/** The list in the body; its entries are checked with `rowsToInputs`. */
export function parseRows(target: Target, text: string): unknown[] {
  let body: unknown;
  try {
    body = target.plan.exactIntegers ? parseExact(text) : JSON.parse(text);
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

/** Rows as the model's inputs; throws one AppError that names every bad value, up to a limit. */
export function rowsToInputs(target: Target, columns: Columns, rows: unknown[]): Inputs {
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
    if (countKeys(row) > present) problems.push(...unknownIn(row, r, columns));
  }
  if (problems.length > 0) throw asError(problems.slice(0, MAX_PROBLEMS));
  return Object.fromEntries(
    [...tensors].map(([name, tensor]) => [sessionNameOf(target, name), toOnnx(tensor)]),
  );
}

const sessionNameOf = ({ plan }: Target, input: string): string =>
  (plan.inputs.get(input) as InputPlan).sessionName;

function allocateInputs({ variant }: Target, rows: number) {
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

const unknownIn = (row: Row, index: number, columns: Columns): FieldError[] =>
  Object.keys(row)
    .filter((key) => !columns.has(key))
    .slice(0, MAX_PROBLEMS)
    .map((key) => ({
      field: `rows[${index}].${key.slice(0, 64)}`,
      message: unknownColumn(key, columns.keys()),
    }));

function asError(problems: readonly FieldError[]): AppError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  const message = `${first?.field}: ${first?.message}${more}`;
  return new AppError('invalid', message, { fields: problems });
}

const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
