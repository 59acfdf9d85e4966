import { AppError, invalidField } from '#core/errors.ts';
import { checkColumns, type InputPlan, type OutputPlan, type Plan } from '#core/signature/plan.ts';
import type { TensorSpec } from '#core/signature/schema.ts';
import { decodeBinary, decodeText } from '#core/tensors/binary.ts';
import { parseExact } from '#core/tensors/exact-json.ts';
import { decodeJson } from '#core/tensors/json-decode.ts';
import { type AxisSizes, checkShape } from '#core/tensors/shapes.ts';
import { type TensorData, WIRE_BYTES } from '#core/tensors/tensor.ts';
import { toOnnx } from '#shared/onnx.ts';
import { type Inputs, rowCount } from '../predict.ts';
import { BinaryPart } from './binary-part.ts';

/** An infer request of the Open Inference Protocol, checked against a model's signature. */
export interface InferRequest {
  readonly id: string | undefined;
  readonly inputs: Inputs;
  readonly rows: number;
  /** Outputs to answer, in this order. */
  readonly outputs: readonly OutputPlan[];
  /** Which of them to answer in binary form. */
  readonly isBinary: (output: string) => boolean;
}

type Fields = Record<string, unknown>;

const NONE_BINARY = (): boolean => false;
const ALL_BINARY = (): boolean => true;

/** The body of a request, parsed and not yet looked at. */
export interface OpenRequest {
  /** Undefined: the whole body is one tensor. */
  readonly fields: Fields | undefined;
  readonly parameters: Fields | undefined;
  /** The bytes after the JSON. */
  readonly binary: Buffer | undefined;
}

/**
 * @param body text that is all JSON, or bytes: JSON and tensors in binary form after it
 * @param jsonBytes from the header Inference-Header-Content-Length; 0: all is one tensor
 */
export function openRequest(plan: Plan, body: string | Buffer, jsonBytes = -1): OpenRequest {
  if (typeof body === 'string') return { ...parse(plan, body), binary: undefined };
  if (jsonBytes === 0) return { fields: undefined, parameters: undefined, binary: body };
  if (jsonBytes > body.length) {
    throw invalidField('Inference-Header-Content-Length', `the body has ${body.length} bytes only`);
  }
  return {
    ...parse(plan, body.toString('utf8', 0, jsonBytes)),
    binary: body.subarray(jsonBytes),
  };
}

function parse(plan: Plan, text: string) {
  let fields: unknown;
  try {
    fields = plan.exactIntegers ? parseExact(text) : JSON.parse(text);
  } catch (error) {
    throw new AppError('invalid', `the body is not JSON: ${(error as Error).message}`);
  }
  if (!isFields(fields)) throw new AppError('invalid', 'the body must be a JSON object');
  return { fields, parameters: parametersOf(fields, 'parameters') };
}

/** A request that is all JSON and was parsed already. */
export const parsedRequest = (fields: Fields): OpenRequest => ({
  fields,
  parameters: parametersOf(fields, 'parameters'),
  binary: undefined,
});

/** Checks a request against a model's plan. */
export function readRequest(plan: Plan, { fields, parameters, binary }: OpenRequest): InferRequest {
  if (!fields) return readRawRequest(plan, binary as Buffer);
  const { id, outputs } = fields;
  if (id !== undefined && typeof id !== 'string') throw invalidField('id', 'must be a string');
  const rest = binary && new BinaryPart(binary);
  const { inputs, rows } = readInputs(plan, fields.inputs, rest);
  const allBinary = flag(parameters, 'binary_data_output', 'parameters');
  const wanted =
    outputs === undefined
      ? { outputs: plan.allOutputs, isBinary: allBinary ? ALL_BINARY : NONE_BINARY }
      : readOutputs(plan, outputs, allBinary);
  rest?.mustBeUsedUp();
  return { id, inputs, rows, ...wanted };
}

function readInputs(plan: Plan, given: unknown, binary: BinaryPart | undefined) {
  if (!Array.isArray(given)) throw invalidField('inputs', 'must be an array of tensors');
  const inputs: Inputs = {};
  const axes: AxisSizes | undefined = plan.sharedAxes ? new Map() : undefined;
  let rows = 1;
  for (let i = 0; i < given.length; i++) {
    const context = { field: `inputs[${i}]`, axes, binary };
    const tensor = readInput(plan, given[i], context);
    if (i === 0) rows = rowCount(plan, tensor.shape);
    else if (Object.hasOwn(inputs, tensor.sessionName)) {
      throw invalidField(`${context.field}.name`, 'is given twice');
    }
    inputs[tensor.sessionName] = toOnnx(tensor);
  }
  if (given.length < plan.inputs.size) throw missingInputs(plan, inputs);
  return { inputs, rows };
}

function missingInputs(plan: Plan, inputs: Inputs): AppError {
  const missing = [...plan.inputs.values()]
    .filter(({ sessionName }) => !Object.hasOwn(inputs, sessionName))
    .map(({ spec }) => spec.name);
  return invalidField('inputs', `missing: ${missing.slice(0, 20).join(', ')}`);
}

interface InputContext {
  readonly field: string;
  readonly axes: AxisSizes | undefined;
  readonly binary: BinaryPart | undefined;
}

function readInput(plan: Plan, given: unknown, { field, axes, binary }: InputContext) {
  if (!isFields(given)) throw invalidField(field, 'must be an object');
  const input = findInput(plan, given.name, field);
  const { spec, sessionName } = input;
  if (given.datatype !== spec.datatype) {
    throw invalidField(`${field}.datatype`, `must be ${spec.datatype} for "${spec.name}"`);
  }
  const shape = checkShape(given.shape, spec.shape, `${field}.shape`, axes);
  const parameters = parametersOf(given, `${field}.parameters`);
  const size = parameters?.binary_data_size;
  const data =
    size === undefined
      ? decodeJson(spec.datatype, shape, given.data, `${field}.data`)
      : readBinary(spec, shape, { given, size, binary, field });
  if (input.columns.length > 0) checkColumns(input, shape, data, field);
  return { sessionName, datatype: spec.datatype, shape, data };
}

function findInput(plan: Plan, name: unknown, field: string): InputPlan {
  const found = plan.inputs.get(name as string);
  if (found) return found;
  const known = [...plan.inputs.keys()].slice(0, 20).join(', ');
  throw invalidField(`${field}.name`, `must be an input of the model: ${known}`);
}

interface BinaryInput {
  readonly given: Fields;
  readonly size: unknown;
  readonly binary: BinaryPart | undefined;
  readonly field: string;
}

function readBinary(spec: TensorSpec, shape: readonly number[], input: BinaryInput): TensorData {
  const { given, size, binary, field } = input;
  const at = `${field}.parameters.binary_data_size`;
  if (!binary) throw invalidField(at, 'needs the header Inference-Header-Content-Length');
  if (given.data !== undefined) throw invalidField(`${field}.data`, 'is given in binary form too');
  if (!Number.isSafeInteger(size) || (size as number) < 0) {
    throw invalidField(at, 'must be a number of bytes');
  }
  return decodeBinary(spec.datatype, shape, binary.take(size as number, at), field);
}

function readOutputs(plan: Plan, given: unknown, allBinary: boolean) {
  if (!Array.isArray(given)) throw invalidField('outputs', 'must be an array');
  const outputs = new Set<OutputPlan>();
  const binary = new Set<string>();
  for (const [i, output] of given.entries()) {
    const field = `outputs[${i}]`;
    const found = findOutput(plan, output, field);
    if (outputs.has(found)) throw invalidField(`${field}.name`, 'is given twice');
    outputs.add(found);
    const parameters = parametersOf(output, `${field}.parameters`);
    if (flag(parameters, 'binary_data', `${field}.parameters`, allBinary)) binary.add(found.name);
  }
  if (outputs.size > 0) return { outputs: [...outputs], isBinary: has(binary) };
  return { outputs: plan.allOutputs, isBinary: allBinary ? ALL_BINARY : NONE_BINARY };
}

const has =
  (names: ReadonlySet<string>) =>
  (name: string): boolean =>
    names.has(name);

function findOutput(plan: Plan, output: unknown, field: string): OutputPlan {
  if (!isFields(output)) throw invalidField(field, 'must be an object');
  const found = plan.outputs.get(output.name as string);
  if (found) return found;
  const known = [...plan.outputs.keys()].slice(0, 20).join(', ');
  throw invalidField(`${field}.name`, `must be an output of the model: ${known}`);
}

/** The whole body is the one input; the answer is in binary form, too. */
function readRawRequest(plan: Plan, body: Buffer): InferRequest {
  const [input, another] = plan.inputs.values();
  if (!input || another) {
    throw new AppError('invalid', 'a raw request needs a model with exactly one input');
  }
  const { spec, sessionName } = input;
  const shape = rawShape(spec, body.length);
  const data =
    spec.datatype === 'BYTES'
      ? [decodeText(body, 'body')]
      : decodeBinary(spec.datatype, shape, body, 'body');
  if (input.columns.length > 0) checkColumns(input, shape, data, 'body');
  return {
    id: undefined,
    inputs: { [sessionName]: toOnnx({ datatype: spec.datatype, shape, data }) },
    rows: rowCount(plan, shape),
    outputs: plan.allOutputs,
    isBinary: ALL_BINARY,
  };
}

/** The size of the one axis that varies follows from the number of bytes. */
function rawShape(spec: TensorSpec, bytes: number): number[] {
  const fixed = spec.shape.filter((size) => typeof size === 'number' && size >= 0) as number[];
  const open = spec.shape.length - fixed.length;
  const product = fixed.reduce((a, b) => a * b, 1);
  const elements = spec.datatype === 'BYTES' ? 1 : bytes / WIRE_BYTES[spec.datatype];
  const size = elements / product;
  if (open > 1)
    throw new AppError('invalid', 'a raw request cannot give the sizes of several axes');
  if (!Number.isSafeInteger(open === 1 ? size : elements) || (open === 0 && size !== 1)) {
    throw new AppError('invalid', `body: ${bytes} bytes do not fill ${JSON.stringify(spec.shape)}`);
  }
  return spec.shape.map((given) => (typeof given === 'number' && given >= 0 ? given : size));
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parametersOf(owner: unknown, field: string): Fields | undefined {
  const { parameters } = owner as Fields;
  if (parameters === undefined) return undefined;
  if (!isFields(parameters)) throw invalidField(field, 'must be an object');
  return parameters;
}

function flag(fields: Fields | undefined, name: string, at: string, otherwise = false): boolean {
  const value = fields?.[name];
  if (value === undefined) return otherwise;
  if (typeof value !== 'boolean') throw invalidField(`${at}.${name}`, 'must be true or false');
  return value;
}
