import { AppError } from '#core/errors.ts';
import { Random } from '#core/random.ts';
import { deviationOf } from '#core/signature/deviation.ts';
import { generateInputs } from '#core/signature/generate.ts';
import type { GoldenSample } from '#core/signature/golden.ts';
import { parseExact } from '#core/tensors/exact-json.ts';
import { encodeJson } from '#core/tensors/json-encode.ts';
import { predict, type Target } from '../predict.ts';
import { encodeAnswer } from '../protocols/open-inference-answer.ts';
import { openRequest, readRequest } from '../protocols/open-inference-request.ts';
import type { InferenceService } from '../service.ts';

/** It answers otherwise than it should, and will at every attempt. */
export class SelfTestError extends AppError {}

interface Answered {
  readonly name: string;
  readonly data: readonly unknown[];
}

/**
 * Has a variant answer its golden sample as the training framework did; without one, made-up inputs
 * within its contract have to be answered at all.
 *
 * @throws SelfTestError `unprocessable` with what came out instead
 */
export async function selfTest(
  service: InferenceService,
  target: Target,
  golden: GoldenSample | undefined,
): Promise<void> {
  if (!golden) {
    await answer(service, target, generatedBody(target));
    return;
  }
  const { inputs, outputs, tolerance } = golden;
  const served = await answer(service, target, JSON.stringify({ inputs }));
  for (const { name, data } of outputs) {
    const given = served.find((output) => output.name === name)?.data ?? [];
    const isLabel = target.plan.outputs.get(name)?.role === 'label';
    const { differing, largestDeviation } = deviationOf(data.flat(16), given, isLabel);
    if (differing === 0 && largestDeviation <= tolerance) continue;
    throw new SelfTestError(
      'unprocessable',
      `self-test of "${target.variant.name}": "${name}" differs from its golden sample: ${differing} other values, numbers by up to ${largestDeviation} where ${tolerance} is tolerated`,
    );
  }
}

async function answer(service: InferenceService, target: Target, body: string) {
  const request = readRequest(target.plan, openRequest(target.plan, body));
  const outputs = await predict(service, target, request.inputs, request.outputs);
  const { body: text } = encodeAnswer(target, request, outputs);
  return (parseExact(String(text)) as { outputs: Answered[] }).outputs;
}

const ROWS = 4;
const SEED = 1;

function generatedBody({ variant }: Target): string {
  const tensors = generateInputs(variant.signature, ROWS, new Random(SEED)).map(
    ({ name, datatype, shape, data }) =>
      `${JSON.stringify({ name, datatype, shape }).slice(0, -1)},"data":${encodeJson(datatype, data)}}`,
  );
  return `{"inputs":[${tensors.join(',')}]}`;
}
