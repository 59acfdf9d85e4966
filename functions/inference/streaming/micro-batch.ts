import type { InputPlan, OutputPlan, Plan } from '#core/signature/plan.ts';
import { elementCount } from '#core/tensors/shapes.ts';
import { allocate, type TensorData } from '#core/tensors/tensor.ts';
import { type OnnxTensor, toOnnx } from '#shared/onnx.ts';
import type { Inputs, Output, Target } from '../predict.ts';

/** A record's own inputs, of one row or more. */
export interface Member {
  readonly inputs: Inputs;
  readonly rows: number;
}

/** Whether rows of several records can be told apart in what the model answers. */
export const takesMany = ({ batched, allOutputs }: Plan): boolean =>
  batched && allOutputs.every(({ shape }) => shape.length > 0 && !((shape[0] as number) >= 0));

/** What records must have in common to share a run: all sizes but the number of rows. */
export function shapeOf(plan: Plan, { inputs, rows }: Member): string | undefined {
  const shapes = [...plan.inputs.values()].map(
    ({ sessionName }) => (inputs[sessionName] as OnnxTensor).dims,
  );
  if (shapes.some(([first]) => first !== rows)) return undefined;
  return shapes.map((dims) => dims.slice(1).join()).join(';');
}

/** The inputs of all members, one after the other. */
export function concat({ plan }: Target, members: readonly Member[]): Inputs {
  const [only, another] = members as readonly [Member, Member?];
  if (!another) return only.inputs;
  const rows = members.reduce((sum, member) => sum + member.rows, 0);
  return Object.fromEntries(
    [...plan.inputs.values()].map((input) => {
      const parts = members.map(({ inputs }) => inputs[input.sessionName] as OnnxTensor);
      return [input.sessionName, joined(input, parts, rows)];
    }),
  );
}

function joined({ spec }: InputPlan, parts: readonly OnnxTensor[], rows: number): OnnxTensor {
  const shape = [rows, ...(parts[0] as OnnxTensor).dims.slice(1)];
  const { datatype } = spec;
  if (datatype === 'BYTES') {
    const data = parts.flatMap((part) => part.data as unknown as string[]);
    return toOnnx({ datatype, shape, data });
  }
  const data = allocate(datatype, elementCount(shape)) as Float32Array;
  // Half floats come as their bits: copied as bits, they stay what they are.
  const target =
    datatype === 'FP16' ? new Uint16Array(data.buffer, data.byteOffset, data.length) : data;
  let at = 0;
  for (const { data: part } of parts) {
    target.set(part as Float32Array, at);
    at += (part as Float32Array).length;
  }
  return toOnnx({ datatype, shape, data });
}

/** The share that some rows have in what the model answered; views where they can be. */
export const rowsOf = (outputs: readonly Output[], from: number, rows: number): Output[] =>
  outputs.map(({ spec, shape, data }) => {
    const width = elementCount(shape.slice(1));
    return { spec, shape: [rows, ...shape.slice(1)], data: part(data, from * width, rows * width) };
  });

/** Whether every output has an entry for each row. */
export const isPerRow = (outputs: readonly Output[], rows: number): boolean =>
  outputs.every(({ shape }) => shape[0] === rows);

/** Outputs that a request asked for, in its order. */
export const wantedOf = (outputs: readonly Output[], wanted: readonly OutputPlan[]): Output[] =>
  wanted.map((spec) => outputs.find((output) => output.spec === spec) as Output);

const part = (data: TensorData, from: number, length: number): TensorData =>
  Array.isArray(data) ? data.slice(from, from + length) : data.subarray(from, from + length);
