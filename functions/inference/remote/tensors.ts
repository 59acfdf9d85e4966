import { AppError, invalidField } from '#core/errors.ts';
import type { OutputPlan, Plan } from '#core/signature/plan.ts';
import type { Datatype } from '#core/tensors/datatypes.ts';
import { parseExact } from '#core/tensors/exact-json.ts';
import { decodeJson } from '#core/tensors/json-decode.ts';
import { encodeJson } from '#core/tensors/json-encode.ts';
import { checkShape } from '#core/tensors/shapes.ts';
import { is64Bit, type TensorData } from '#core/tensors/tensor.ts';
import type { OnnxTensor } from '#shared/onnx.ts';
import type { Inputs, Output } from '../predict.ts';

/*
 * The Open Inference Protocol as the content of a remote call: what Triton takes on SageMaker, and
 * every other server of the protocol.
 */

export function encodeTensors(plan: Plan, inputs: Inputs, wanted: readonly OutputPlan[]): string {
  const tensors = [...plan.inputs.values()].map(({ spec, sessionName }) => {
    const tensor = inputs[sessionName] as OnnxTensor;
    const { name, datatype } = spec;
    const head = JSON.stringify({ name, datatype, shape: tensor.dims }).slice(0, -1);
    return `${head},"data":${encodeJson(datatype, valuesOf(tensor, datatype))}}`;
  });
  const outputs = JSON.stringify(wanted.map(({ name }) => ({ name })));
  return `{"inputs":[${tensors.join(',')}],"outputs":${outputs}}`;
}

/** The runtime's tensors hold halves as bits. */
export function valuesOf({ data }: OnnxTensor, datatype: Datatype): TensorData {
  if (datatype !== 'FP16' || !(data instanceof Uint16Array)) return data as TensorData;
  return new Float16Array(data.buffer, data.byteOffset, data.length) as TensorData;
}

/** The outputs that are wanted, checked against the signature. */
export function decodeTensors(wanted: readonly OutputPlan[], text: string): Output[] {
  const exact = wanted.some(({ datatype }) => is64Bit(datatype));
  const { outputs } = (exact ? parseExact(text) : JSON.parse(text)) as { outputs?: unknown };
  if (!Array.isArray(outputs)) throw invalidField('outputs', 'must be an array of tensors');
  return wanted.map((spec) => {
    const i = outputs.findIndex((output) => output?.name === spec.name);
    const field = `outputs[${i}]`;
    if (i < 0) throw new AppError('invalid', `outputs: "${spec.name}" is missing`);
    const { datatype, shape: given, data: values } = outputs[i];
    if (datatype !== spec.datatype) {
      throw invalidField(`${field}.datatype`, `must be ${spec.datatype} for "${spec.name}"`);
    }
    const shape = checkShape(given, spec.shape, `${field}.shape`, undefined);
    return { spec, shape, data: decodeJson(spec.datatype, shape, values, `${field}.data`) };
  });
}
