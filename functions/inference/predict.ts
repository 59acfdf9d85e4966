import type { OutputSpec } from '#core/signature/schema.ts';
import { elementCount } from '#core/tensors/shapes.ts';
import type { Tensor, TensorData } from '#core/tensors/tensor.ts';
import type { OnnxTensor } from '#shared/onnx.ts';
import { toOnnx } from '#shared/onnx.ts';
import type { ServingEndpoint, ServingVariant } from '#slices/deployments';
import { makePlan, type Plan } from './plan.ts';
import { runtimeError } from './runtime-errors.ts';
import type { Sessions } from './sessions.ts';

/** What a request goes to: one variant of one revision of an endpoint. */
export interface Target {
  readonly endpoint: ServingEndpoint;
  readonly variant: ServingVariant;
  readonly plan: Plan;
}

export type Inputs = Record<string, OnnxTensor>;

export interface Output {
  readonly spec: OutputSpec;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

const targets = new WeakMap<ServingEndpoint, Target>();

/** The variant that answers this request; one for now, by weight when there are several. */
export function chooseTarget(endpoint: ServingEndpoint): Target {
  const known = targets.get(endpoint);
  if (known) return known;
  const variant = endpoint.variants[0] as ServingVariant;
  const target = { endpoint, variant, plan: makePlan(variant.signature) };
  targets.set(endpoint, target);
  return target;
}

export const toInput = (tensor: Tensor): OnnxTensor => toOnnx(tensor);

/** Rows of a request: the size of the first axis where that may vary, else one. */
export function rowCount(plan: Plan, shape: readonly number[]): number {
  return plan.batched ? (shape[0] as number) : 1;
}

/**
 * Runs the model, loading it if need be.
 * @param names outputs to compute, in their order
 * @throws AppError what the caller can mend, or `unavailable`
 */
export async function predict(
  sessions: Sessions,
  target: Target,
  inputs: Inputs,
  names: readonly string[],
): Promise<Output[]> {
  const { artifact } = target.variant;
  const loaded = sessions.take(artifact) ?? (await sessions.borrow(artifact));
  try {
    const all = names === target.plan.outputNames;
    const results = await (all
      ? loaded.session.run(inputs)
      : loaded.session.run(inputs, [...names]));
    return names.map((name) => toOutput(target.plan, name, results[name] as OnnxTensor));
  } catch (error) {
    throw runtimeError(error);
  } finally {
    sessions.done(loaded);
  }
}

function toOutput(plan: Plan, name: string, tensor: OnnxTensor): Output {
  const spec = plan.outputs.get(name) as OutputSpec;
  return { spec, shape: tensor.dims, data: tensor.data as TensorData };
}

export const outputRows = (output: Output): number =>
  output.shape.length === 0 ? 1 : elementCount(output.shape.slice(0, 1));
