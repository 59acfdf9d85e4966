import { invalidField } from '../errors.ts';
import { widenedName } from '../onnx/bfloat16-edges.ts';
import { roundToBfloat16 } from '../tensors/bfloat16.ts';
import type { Datatype } from '../tensors/datatypes.ts';
import { sharesAxes } from '../tensors/shapes.ts';
import { is64Bit, isFloating, type TensorData } from '../tensors/tensor.ts';
import type { Feature, OutputSpec, Signature, TensorSpec } from './schema.ts';

/** A signature prepared for checking requests: made once per deployed version. */
export interface Plan {
  readonly inputs: ReadonlyMap<string, InputPlan>;
  readonly outputs: ReadonlyMap<string, OutputPlan>;
  /** All of them, in the order of the signature. */
  readonly allOutputs: readonly OutputPlan[];
  /** Bodies may hold integers that a JSON number cannot. */
  readonly exactIntegers: boolean;
  /** A named axis stands in more than one input, so that its sizes must agree. */
  readonly sharedAxes: boolean;
  /** The first axis counts rows. */
  readonly batched: boolean;
}

export interface OutputPlan extends OutputSpec {
  readonly sessionName: string;
  /** What every answer in the Open Inference Protocol says of it, up to the sizes. */
  readonly answerHead: string;
}

export interface InputPlan {
  readonly spec: TensorSpec;
  readonly sessionName: string;
  readonly columns: readonly ColumnRule[];
  /** The rules again where all are ranges of a floating tensor: lowest and highest by column. */
  readonly ranges: { readonly min: Float64Array; readonly max: Float64Array } | undefined;
}

/** What an owner declared of one column, as a check on tensor values. */
interface ColumnRule {
  readonly name: string;
  readonly column: number;
  readonly min: number;
  readonly max: number;
  readonly bounded: boolean;
  readonly missingAllowed: boolean;
  readonly categories: ReadonlySet<unknown> | undefined;
}

export function makePlan(signature: Signature): Plan {
  const { inputs, outputs, features = [] } = signature;
  const allOutputs = outputs.map(outputPlan);
  return {
    inputs: new Map(inputs.map((spec) => [spec.name, inputPlan(spec, features)])),
    outputs: new Map(allOutputs.map((output) => [output.name, output])),
    allOutputs,
    exactIntegers: inputs.some(({ datatype }) => is64Bit(datatype)),
    sharedAxes: sharesAxes(inputs.map(({ shape }) => shape)),
    batched: inputs.every(({ shape }) => shape.length > 0 && !((shape[0] as number) >= 0)),
  };
}

function outputPlan(spec: OutputSpec): OutputPlan {
  const { name, datatype } = spec;
  return {
    ...spec,
    sessionName: sessionName(spec),
    answerHead: `${JSON.stringify({ name, datatype }).slice(0, -1)},"shape":[`,
  };
}

function inputPlan(spec: TensorSpec, features: readonly Feature[]): InputPlan {
  const own = features.filter(({ input }) => input === spec.name);
  const columns = own.map((feature) => ruleOf(feature, spec)).filter(canFail);
  return { spec, sessionName: sessionName(spec), columns, ranges: rangesOf(spec, columns) };
}

/** The name in the loaded graph, whose BF16 edges are widened. */
const sessionName = ({ name, datatype }: TensorSpec): string =>
  datatype === 'BF16' ? widenedName(name) : name;

/** None where a missing value passes in one column and not in another. */
function rangesOf({ datatype, shape }: TensorSpec, columns: readonly ColumnRule[]) {
  const width = shape.length > 1 ? Number(shape.at(-1)) : 1;
  const plain = columns.every((rule) => !rule.missingAllowed && !rule.categories);
  if (!isFloating(datatype) || !plain || columns.length !== width) return undefined;
  const min = new Float64Array(width);
  const max = new Float64Array(width);
  for (const rule of columns) {
    min[rule.column] = rule.min;
    max[rule.column] = rule.max;
  }
  return { min, max };
}

const ruleOf = (feature: Feature, spec: TensorSpec): ColumnRule => ({
  name: feature.name,
  column: feature.column,
  min: asStored(feature.min ?? -Infinity, spec.datatype),
  max: asStored(feature.max ?? Infinity, spec.datatype),
  bounded: feature.min !== undefined || feature.max !== undefined,
  missingAllowed: feature.nullable || !isFloating(spec.datatype),
  categories: feature.categories && categorySet(feature, spec),
});

/** A value at the end of its range is rounded with its tensor, and must not step over it. */
function asStored(bound: number, datatype: Datatype): number {
  if (datatype === 'FP32') return Math.fround(bound);
  if (datatype === 'FP16') return Math.f16round(bound);
  return datatype === 'BF16' ? roundToBfloat16(bound) : bound;
}

const canFail = (rule: ColumnRule): boolean =>
  rule.bounded || !rule.missingAllowed || rule.categories !== undefined;

/** In the terms of the tensor's values; a missing string is the empty one. */
function categorySet(feature: Feature, spec: TensorSpec): ReadonlySet<unknown> {
  const values = (feature.categories ?? []).map((value) =>
    is64Bit(spec.datatype) && typeof value === 'number' ? BigInt(value) : value,
  );
  return new Set<unknown>(feature.nullable && spec.datatype === 'BYTES' ? [...values, ''] : values);
}

/**
 * Checks a tensor's values against what the owner declared of its columns.
 * @param field the tensor's, such as `inputs[0]`
 */
export function checkColumns(
  plan: InputPlan,
  shape: readonly number[],
  data: TensorData,
  field: string,
): void {
  if (plan.ranges && inRanges(data as Float32Array, plan.ranges.min, plan.ranges.max)) return;
  const width = shape.length > 1 ? (shape[shape.length - 1] as number) : 1;
  for (const rule of plan.columns) {
    for (let i = rule.column; i < data.length; i += width) {
      const value = data[i] as number;
      if (rule.categories) checkCategory(rule, value, `${field}.data[${i}]`);
      // Written so that NaN, a missing value, fails it.
      else if (!(value >= rule.min && value <= rule.max)) checkNumber(rule, value, field, i);
    }
  }
}

/** Row by row as the values lie; false for what the rules then name, NaN included. */
function inRanges(data: Float32Array, min: Float64Array, max: Float64Array): boolean {
  const width = min.length;
  for (let i = 0; i < data.length; ) {
    for (let column = 0; column < width; column++, i++) {
      const value = data[i] as number;
      if (!(value >= (min[column] as number) && value <= (max[column] as number))) return false;
    }
  }
  return true;
}

function checkNumber(rule: ColumnRule, value: number, field: string, index: number): void {
  const missing = Number.isNaN(Number(value));
  if (missing && rule.missingAllowed) return;
  const problem = missing
    ? `"${rule.name}" must not be missing`
    : `"${rule.name}" must be ${range(rule.min, rule.max)}`;
  throw invalidField(`${field}.data[${index}]`, problem);
}

function checkCategory(rule: ColumnRule, value: unknown, field: string): void {
  const categories = rule.categories as ReadonlySet<unknown>;
  if (categories.has(value)) return;
  if (rule.missingAllowed && Number.isNaN(value)) return;
  throw invalidField(field, `"${rule.name}" must be ${oneOf([...categories])}`);
}

/** In words: `between 0 and 120`, `at least 0`. */
export function range(min: number, max: number): string {
  if (max === Infinity) return `at least ${min}`;
  if (min === -Infinity) return `at most ${max}`;
  return `between ${min} and ${max}`;
}

const MAX_LISTED = 12;

/** In words, a bounded list: `one of "a", "b"`. */
export function oneOf(values: readonly unknown[]): string {
  const listed = values
    .slice(0, MAX_LISTED)
    .map((value) => (typeof value === 'bigint' ? String(value) : JSON.stringify(value)));
  const rest = values.length - listed.length;
  return `one of ${listed.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
