import { AppError, invalidField } from '#core/errors.ts';
import { checkColumns, type InputPlan, type Plan } from '#core/signature/plan.ts';
import { parseExact } from '#core/tensors/exact-json.ts';
import { decodeJson } from '#core/tensors/json-decode.ts';
import { type AxisSizes, checkShape } from '#core/tensors/shapes.ts';
import { toOnnx } from '#shared/onnx.ts';
import type { Column } from '../columns.ts';
import { type Inputs, rowCount, type Target } from '../predict.ts';
import {
  type Frame,
  frameOfColumns,
  frameOfCsv,
  frameOfRecords,
  frameOfSplit,
  frameToInputs,
  unitOfFrame,
} from './frame.ts';
import { isRow } from './rows-request.ts';

/** The body of an invocation, parsed and not yet held against a model. */
export interface Invocation {
  /** A data frame, or what `instances` or `inputs` hold. */
  readonly data: { readonly frame: Frame } | { readonly values: Values };
  readonly params: Readonly<Record<string, unknown>>;
}

/** Values of one tensor, or by name of a tensor or column. */
interface Values {
  readonly field: string;
  readonly only?: unknown[];
  readonly named?: ReadonlyMap<string, unknown>;
}

const FORMATS = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const;

export const parseCsv = (text: string): Invocation => ({
  data: { frame: frameOfCsv(text) },
  params: {},
});

/** @throws AppError `invalid` where it is not exactly one of MLflow's formats */
export function parseJson(
  { exactIntegers }: Pick<Plan, 'exactIntegers'>,
  text: string,
): Invocation {
  const body = parsePython(text, exactIntegers ? parseExact : JSON.parse);
  if (!isRow(body)) throw new AppError('invalid', 'the body must be a JSON object');
  const given = FORMATS.filter((format) => Object.hasOwn(body, format));
  const [format] = given;
  if (!format || given.length > 1) {
    throw new AppError(
      'invalid',
      `the body must have exactly one of the fields ${FORMATS.join(', ')}, not ${given.join(' and ') || Object.keys(body).slice(0, 9).join(', ') || 'none'}`,
    );
  }
  // MLflow passes over what is no object, and what else the body has.
  const params = isRow(body.params) ? body.params : {};
  return { data: dataOf(format, body[format]), params };
}

function dataOf(format: (typeof FORMATS)[number], given: unknown): Invocation['data'] {
  if (format === 'dataframe_split') return { frame: frameOfSplit(given, format) };
  if (format === 'dataframe_records') return { frame: frameOfRecords(given, format) };
  if (isRow(given)) return { values: { field: format, named: new Map(Object.entries(given)) } };
  if (!Array.isArray(given)) throw invalidField(format, 'must be an array or an object');
  if (given.length === 0 || !given.every(isRow)) return { values: { field: format, only: given } };
  const names = [...new Set(given.flatMap((row) => Object.keys(row)))];
  const column = (name: string) => given.map((row) => row[name]);
  return { values: { field: format, named: new Map(names.map((name) => [name, column(name)])) } };
}

/** Python's json writes NaN and infinities as such, which JSON does not have. */
const PYTHON = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;

function parsePython(text: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(text);
  } catch (error) {
    const plain = text.replace(PYTHON, (word) => {
      if (word === 'NaN') return 'null';
      return word.startsWith('"') ? word : word.replace('Infinity', '1e999');
    });
    if (plain !== text) return parsePython(plain, parse);
    throw new AppError('invalid', `the body is not JSON: ${(error as Error).message}`);
  }
}

/** The value of the field that names the unit: a param, or the column of that name. */
export function unitOf({ data, params }: Invocation, field: string): unknown {
  if (params[field] !== undefined) return params[field];
  if ('frame' in data) return unitOfFrame(data.frame, field);
  const value = data.values.named?.get(field);
  if (value === undefined) return undefined;
  return unitOfFrame(frameOfColumns(new Map([[field, value]]), data.values.field), field);
}

export interface ScoringInputs {
  readonly inputs: Inputs;
  readonly rows: number;
  /** They came as a data frame, and so are answered. */
  readonly asFrame: boolean;
}

/**
 * What an invocation means to a model. Columns of a model that has names for them, as lists of plain
 * values, are a data frame; values for all inputs of the graph are tensors.
 *
 * @throws AppError `invalid` or `unprocessable` naming what does not fit
 */
export function readInvocation(
  target: Target,
  columns: ReadonlyMap<string, Column> | undefined,
  { data }: Invocation,
): ScoringInputs {
  if ('frame' in data) return readFrame(target, columns, data.frame);
  const { field, only, named } = data.values;
  if (only) return readTensors(target, new Map([[soleInput(target, field), only]]), field);
  const values = named as ReadonlyMap<string, unknown>;
  const isComplete = [...target.plan.inputs.keys()].every((name) => values.has(name));
  const asColumns = columns && isColumns(values) && [...values.keys()].some((n) => columns.has(n));
  const isNamed = target.variant.signature.features !== undefined;
  if (asColumns && (isNamed || !isComplete)) {
    return readFrame(target, columns, frameOfColumns(values, field));
  }
  return readTensors(target, values, field);
}

function readFrame(
  target: Target,
  columns: ReadonlyMap<string, Column> | undefined,
  frame: Frame,
): ScoringInputs {
  if (columns) {
    return { inputs: frameToInputs(target, columns, frame), rows: frame.rows, asFrame: true };
  }
  throw new AppError(
    'unprocessable',
    'the inputs of this model are not rows of columns: send "inputs", with tensors by name',
  );
}

const isColumns = (values: ReadonlyMap<string, unknown>): boolean =>
  [...values.values()].every((value) => rankOf(value) <= 1);

/** Levels of arrays in the first elements. */
function rankOf(value: unknown): number {
  let rank = 0;
  for (let level = value; Array.isArray(level); level = level[0]) rank++;
  return rank;
}

function soleInput({ plan }: Target, field: string): string {
  const [name, ...more] = plan.inputs.keys();
  if (more.length === 0) return name as string;
  const names = [name, ...more].join(', ');
  throw new AppError('unprocessable', `${field}: must be an object: the model takes ${names}`);
}

function readTensors(
  { plan }: Target,
  values: ReadonlyMap<string, unknown>,
  field: string,
): ScoringInputs {
  const missing = [...plan.inputs.keys()].filter((name) => !values.has(name));
  if (missing.length > 0) {
    throw new AppError('unprocessable', `Model is missing inputs ${JSON.stringify(missing)}.`);
  }
  const axes: AxisSizes | undefined = plan.sharedAxes ? new Map() : undefined;
  const inputs: Inputs = {};
  let rows = 1;
  for (const [name, input] of plan.inputs) {
    const tensor = readTensor(input, values.get(name), { field: `${field}.${name}`, axes });
    rows = rowCount(plan, tensor.shape);
    inputs[input.sessionName] = toOnnx(tensor);
  }
  return { inputs, rows, asFrame: false };
}

interface TensorContext {
  readonly field: string;
  readonly axes: AxisSizes | undefined;
}

function readTensor(input: InputPlan, values: unknown, { field, axes }: TensorContext) {
  const { datatype, shape: declared } = input.spec;
  const shape = checkShape(sizesOf(values), declared, field, axes);
  const data = decodeJson(datatype, shape, declared.length === 0 ? [values] : values, field);
  if (input.columns.length > 0) checkColumns(input, shape, data, field);
  return { datatype, shape, data };
}

/** Of nested arrays, by the first elements; that the others agree is for who reads them to see. */
function sizesOf(values: unknown): number[] {
  const sizes: number[] = [];
  for (let level = values; Array.isArray(level); level = level[0]) sizes.push(level.length);
  return sizes;
}
