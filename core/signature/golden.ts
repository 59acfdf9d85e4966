import * as z from 'zod';
import { invalidField } from '../errors.ts';
import { DATATYPES } from '../tensors/datatypes.ts';
import { decodeJson } from '../tensors/json-decode.ts';
import { type AxisSizes, checkShape } from '../tensors/shapes.ts';
import { checkColumns, type InputPlan, makePlan, type OutputPlan, type Plan } from './plan.ts';
import type { Signature } from './schema.ts';

const MAX_ROWS = 100;
const MAX_BYTES = 200_000;
const DEFAULT_TOLERANCE = 1e-4;

/** A tensor as the Open Inference Protocol writes it. */
const Input = z.strictObject({
  name: z.string(),
  datatype: z.enum(DATATYPES),
  shape: z.array(z.int().nonnegative()).max(16),
  data: z.array(z.json()),
});

const Output = z.strictObject({
  name: z.string(),
  datatype: z.enum(DATATYPES).optional(),
  shape: Input.shape.shape.optional(),
  data: z.array(z.json()).describe('Flat where the shape is left out'),
});

/** Inputs, and what the training framework answered to them, where that is known. */
export const GoldenSample = z.strictObject({
  inputs: z.array(Input).min(1),
  outputs: z
    .array(Output)
    .describe('All outputs of the model, or some; with none, only that it answers is checked'),
  tolerance: z
    .number()
    .nonnegative()
    .default(DEFAULT_TOLERANCE)
    .describe('Largest difference of a number that still counts as the same answer'),
});

export type GoldenSample = z.infer<typeof GoldenSample>;

/**
 * Checks a golden sample against the signature, as a request would be.
 *
 * @param field where the sample stands, such as `goldenSample`
 * @returns its number of rows
 * @throws AppError `invalid` naming the field
 */
export function checkGoldenSample(
  signature: Signature,
  sample: GoldenSample,
  field: string,
): number {
  const size = Buffer.byteLength(JSON.stringify(sample));
  if (size > MAX_BYTES) {
    throw invalidField(field, `has ${size} bytes as JSON, at most ${MAX_BYTES}: give fewer rows`);
  }
  const plan = makePlan(signature);
  const rows = checkInputs(plan, sample.inputs, `${field}.inputs`);
  if (rows > MAX_ROWS) {
    throw invalidField(`${field}.inputs`, `have ${rows} rows, at most ${MAX_ROWS}`);
  }
  checkOutputs(plan, sample.outputs, { field: `${field}.outputs`, rows });
  return rows;
}

function checkInputs(plan: Plan, inputs: GoldenSample['inputs'], at: string): number {
  refuseTwice(inputs, at);
  const axes: AxisSizes = new Map();
  const sizes = inputs.map((input, i) => {
    const found = findNamed(plan.inputs, input.name, `${at}[${i}].name`);
    return checkInput(found, input, { field: `${at}[${i}]`, axes });
  });
  const missing = [...plan.inputs.keys()].filter((name) => !inputs.some((i) => i.name === name));
  if (missing.length > 0) throw invalidField(at, `missing: ${missing.slice(0, 20).join(', ')}`);
  const rows = plan.batched ? (sizes[0] as number) : 1;
  if (sizes.some((size) => plan.batched && size !== rows)) {
    throw invalidField(at, 'have different numbers of rows');
  }
  if (rows === 0) throw invalidField(at, 'have no rows');
  return rows;
}

/** @returns the size of the first axis */
function checkInput(
  plan: InputPlan,
  input: GoldenSample['inputs'][number],
  { field, axes }: { field: string; axes: AxisSizes },
): number {
  const { spec } = plan;
  if (input.datatype !== spec.datatype) {
    throw invalidField(`${field}.datatype`, `must be ${spec.datatype} for "${spec.name}"`);
  }
  const shape = checkShape(input.shape, spec.shape, `${field}.shape`, axes);
  const data = decodeJson(spec.datatype, shape, input.data, `${field}.data`);
  checkColumns(plan, shape, data, field);
  return shape[0] ?? 1;
}

function checkOutputs(
  plan: Plan,
  outputs: GoldenSample['outputs'],
  { field: at, rows }: { field: string; rows: number },
): void {
  refuseTwice(outputs, at);
  for (const [i, output] of outputs.entries()) {
    const field = `${at}[${i}]`;
    const spec = findNamed(plan.outputs, output.name, `${field}.name`);
    if (output.datatype !== undefined && output.datatype !== spec.datatype) {
      throw invalidField(`${field}.datatype`, `must be ${spec.datatype} for "${spec.name}"`);
    }
    const shape = outputShape(spec, output, { field, rows });
    if (plan.batched && shape[0] !== rows) {
      throw invalidField(`${field}.shape`, `has ${shape[0]} rows, the inputs have ${rows}`);
    }
    decodeJson(spec.datatype, shape, output.data, `${field}.data`);
  }
}

/** As given, else so many values for each row that the data are used up. */
function outputShape(
  spec: OutputPlan,
  { shape, data }: GoldenSample['outputs'][number],
  { field, rows }: { field: string; rows: number },
): readonly number[] {
  if (shape) return checkShape(shape, spec.shape, `${field}.shape`);
  if (data.length > 0 && data.length % rows === 0) return [rows, data.length / rows];
  throw invalidField(`${field}.data`, `has ${data.length} values for ${rows} rows`);
}

function findNamed<T>(known: ReadonlyMap<string, T>, name: string, field: string): T {
  const found = known.get(name);
  if (found) return found;
  const names = [...known.keys()].slice(0, 20).join(', ');
  throw invalidField(field, `the model has no "${name.slice(0, 64)}", only ${names}`);
}

function refuseTwice(tensors: readonly { readonly name: string }[], at: string): void {
  const names = tensors.map(({ name }) => name);
  const second = names.findIndex((name, i) => names.indexOf(name) < i);
  if (second >= 0) throw invalidField(`${at}[${second}].name`, 'is given twice');
}
