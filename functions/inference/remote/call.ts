import { AppError } from '#core/errors.ts';
import type { OutputPlan } from '#core/signature/plan.ts';
import type { SageMakerTarget } from '#slices/deployments';
import type { Inputs, Output, Target } from '../predict.ts';
import { decodeCsv, encodeCsv } from './csv.ts';
import { decodeTensors, encodeTensors } from './tensors.ts';

/** A request to a model that somebody else runs. */
export interface RemoteCall {
  readonly variant: string;
  readonly remote: SageMakerTarget;
  readonly body: string;
}

/** @throws AppError saying whether the caller, the model or the service is to blame */
export type Invoke = (call: RemoteCall) => Promise<Uint8Array>;

/** Sends checked inputs, and takes the answer for what the signature says that it is. */
export async function predictRemotely(
  invoke: Invoke,
  target: Target,
  inputs: Inputs,
  wanted: readonly OutputPlan[],
): Promise<Output[]> {
  const { name, sagemaker } = target.variant;
  const remote = sagemaker as SageMakerTarget;
  const isCsv = remote.contentType === 'text/csv';
  const body = isCsv ? encodeCsv(target, inputs) : encodeTensors(target.plan, inputs, wanted);
  const text = Buffer.from(await invoke({ variant: name, remote, body })).toString('utf8');
  try {
    return isCsv ? decodeCsv(target, inputs, wanted, text) : decodeTensors(wanted, text);
  } catch (error) {
    // Whatever is wrong with the answer, it is not the caller's doing.
    throw new AppError(
      'bad-gateway',
      `the SageMaker endpoint "${remote.endpointName}" of variant "${name}" answered something else than its signature says: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
