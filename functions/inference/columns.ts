import { featuresOf } from '#core/signature/complete.ts';
import { oneOf, range } from '#core/signature/plan.ts';
import type { Feature, Signature, TensorSpec } from '#core/signature/schema.ts';
import { roundToBfloat16 } from '#core/tensors/bfloat16.ts';
import { textProblem } from '#core/tensors/json-decode.ts';
import { is64Bit, isFloating, type TensorData } from '#core/tensors/tensor.ts';

/** A column of rows, and how its values get into its tensor. */
export interface Column {
  readonly feature: Feature;
  readonly spec: TensorSpec;
  /** Values per row in the tensor. */
  readonly width: number;
  readonly categories: ReadonlySet<unknown> | undefined;
}

/** The columns of a model; undefined where its inputs cannot be read as rows. */
export function columnsOf(signature: Signature): ReadonlyMap<string, Column> | undefined {
  const features = featuresOf(signature);
  if (!features) return undefined;
  const specs = new Map(signature.inputs.map((spec) => [spec.name, spec]));
  return new Map(
    features.map((feature) => {
      const spec = specs.get(feature.input) as TensorSpec;
      const categories = feature.categories && new Set<unknown>(feature.categories);
      return [feature.name, { feature, spec, width: widthOf(spec), categories }];
    }),
  );
}

const widthOf = ({ shape }: TensorSpec): number => (shape.length > 1 ? Number(shape.at(-1)) : 1);

/**
 * Puts one value into its tensor. Nothing is lost on the way: no text is read as a number, no
 * fraction is cut, no integer rounded.
 * @returns what is wrong with the value; undefined where it was taken
 */
export function put(
  column: Column,
  value: unknown,
  data: TensorData,
  at: number,
): string | undefined {
  if (value === undefined || value === null) return putMissing(column, data, at);
  const { type } = column.feature;
  if (type === 'string' || typeof value === 'string') return putText(column, value, data, at);
  if (type === 'boolean') return putBoolean(value, data, at, column.spec);
  return putNumber(column, value, data, at);
}

function putMissing({ feature, spec }: Column, data: TensorData, at: number) {
  if (!feature.nullable) return 'is missing, and the model needs it';
  (data as unknown[])[at] = spec.datatype === 'BYTES' ? '' : Number.NaN;
  return undefined;
}

function putText(
  { feature, spec, categories }: Column,
  value: unknown,
  data: TensorData,
  at: number,
) {
  if (categories && !categories.has(value)) return `must be ${oneOf([...categories])}`;
  if (spec.datatype !== 'BYTES')
    return `must be ${article(feature.type)}, not a string: leave out the quotes`;
  if (typeof value !== 'string') return 'must be a string';
  const problem = textProblem(value);
  if (problem === undefined) data[at] = value;
  return problem;
}

function putBoolean(value: unknown, data: TensorData, at: number, spec: TensorSpec) {
  if (typeof value !== 'boolean' && value !== 0 && value !== 1) return 'must be true or false';
  (data as unknown[])[at] = is64Bit(spec.datatype) ? BigInt(value) : Number(value);
  return undefined;
}

function putNumber(column: Column, value: unknown, data: TensorData, at: number) {
  const { feature, categories } = column;
  const { type, min = -Infinity, max = Infinity } = feature;
  if (typeof value !== 'number' && typeof value !== 'bigint') return `must be ${article(type)}`;
  if (categories) {
    if (!categories.has(value)) return `must be ${oneOf([...categories])}`;
  } else if (type === 'category') return 'must be a string';
  if (type !== 'number' && typeof value === 'number' && !Number.isInteger(value)) {
    return 'must be a whole number';
  }
  if (!(value >= min && value <= max)) return `must be ${range(min, max)}`;
  return store(column, value, data, at);
}

function store({ feature, spec }: Column, value: number | bigint, data: TensorData, at: number) {
  const { datatype } = spec;
  if (datatype === 'BYTES') return 'must be a string';
  if (is64Bit(datatype)) return storeBig(value, data as BigInt64Array, at);
  const number = Number(value);
  (data as Float32Array)[at] = datatype === 'BF16' ? roundToBfloat16(number) : number;
  const stored = data[at] as number;
  if (!Number.isFinite(stored)) return `is beyond the range of ${datatype}`;
  // biome-ignore lint/suspicious/noDoubleEquals: a bigint equals the number of the same value.
  const exact = stored == value;
  if (exact || (feature.type === 'number' && isFloating(datatype))) return undefined;
  return `does not fit ${datatype}, which the model takes`;
}

const article = (type: Feature['type']): string =>
  type === 'integer' ? 'an integer' : `a ${type}`;

function storeBig(value: number | bigint, data: BigInt64Array, at: number) {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    return Number.isInteger(value)
      ? 'is not exact in this notation: write it as plain digits'
      : 'must be a whole number';
  }
  const big = BigInt(value);
  data[at] = big;
  return data[at] === big ? undefined : 'does not fit into 64 bits';
}

/** What to say of a column that the model does not have. */
export function unknownColumn(name: string, known: Iterable<string>): string {
  const names = [...known];
  const nearest = names
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .reduce((best, next) => (next.distance < best.distance ? next : best));
  const close = nearest.distance <= Math.max(2, name.length / 3);
  const hint = close ? `did you mean "${nearest.candidate}"?` : `the model has ${oneOf(names)}`;
  return `is not a column of the model: ${hint}`;
}

const MAX_COMPARED = 64;

/** Levenshtein distance of the first characters, ignoring case. */
function editDistance(left: string, right: string): number {
  const a = left.slice(0, MAX_COMPARED).toLowerCase();
  const b = right.slice(0, MAX_COMPARED).toLowerCase();
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
