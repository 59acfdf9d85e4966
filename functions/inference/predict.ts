import { predictionIdSuffix } from '#core/prediction-id.ts';
import { makePlan, type OutputPlan, type Plan } from '#core/signature/plan.ts';
import type { TensorData } from '#core/tensors/tensor.ts';
import { lineHead } from '#shared/emf.ts';
import type { OnnxTensor } from '#shared/onnx.ts';
import type { ServingEndpoint, ServingVariant } from '#slices/deployments';
import { predictRemotely } from './remote/call.ts';
import { runtimeError } from './runtime-errors.ts';
import type { InferenceService } from './service.ts';

/** What a request goes to: one variant of one revision of an endpoint. */
export interface Target {
  readonly endpoint: ServingEndpoint;
  readonly variant: ServingVariant;
  readonly plan: Plan;
  /** What every metric line of it starts with. */
  readonly lineHead: Uint8Array;
  /** What every answer of it starts with, in the Open Inference Protocol. */
  readonly answerHead: string;
  /** What follows the ULID in the ids of its predictions. */
  readonly idSuffix: string;
}

export type Inputs = Record<string, OnnxTensor>;

export interface Output {
  readonly spec: OutputPlan;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** Makes ready, once, what every request of a variant needs. */
export function prepareTarget(endpoint: ServingEndpoint, variant: ServingVariant): Target {
  const { version, signature } = variant;
  const names = { model_name: endpoint.name, model_version: String(version) };
  return {
    endpoint,
    variant,
    plan: makePlan(signature),
    lineHead: lineHead(endpoint, variant),
    answerHead: `${JSON.stringify(names).slice(0, -1)},`,
    idSuffix: predictionIdSuffix(endpoint.name, endpoint.revision, variant.name),
  };
}

/** Rows of a request: the size of the first axis where that may vary, else one. */
export function rowCount(plan: Plan, shape: readonly number[]): number {
  return plan.batched ? (shape[0] as number) : 1;
}

/**
 * Runs the model, loading it if need be, or has it run where it is.
 * @param wanted outputs to compute, in their order
 * @throws AppError what the caller can mend, or `unavailable`
 */
export async function predict(
  { sessions, invoke }: Pick<InferenceService, 'sessions' | 'invoke'>,
  target: Target,
  inputs: Inputs,
  wanted: readonly OutputPlan[],
): Promise<Output[]> {
  const { artifact } = target.variant;
  if (!artifact) return predictRemotely(invoke, target, inputs, wanted);
  const loaded = sessions.take(artifact) ?? (await sessions.borrow(artifact));
  try {
    const results = await (wanted === target.plan.allOutputs
      ? loaded.session.run(inputs)
      : loaded.session.run(
          inputs,
          wanted.map(({ sessionName }) => sessionName),
        ));
    return wanted.map((spec) => toOutput(spec, results[spec.sessionName] as OnnxTensor));
  } catch (error) {
    throw runtimeError(error);
  } finally {
    sessions.done(loaded);
  }
}

const toOutput = (spec: OutputPlan, { dims, data }: OnnxTensor): Output => ({
  spec,
  shape: dims,
  data: data as TensorData,
});
