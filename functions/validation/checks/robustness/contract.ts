import { featuresOf } from '#core/signature/complete.ts';
import type { Feature } from '#core/signature/schema.ts';
import { isFloating } from '#core/tensors/tensor.ts';
import type { Examination } from '../../examination.ts';
import { featureColumns } from '../answers.ts';

/** What serving takes for each column of the data; numbers in tensors of integers are whole. */
export function contractOf(examination: Examination): Feature[] {
  const { version, dataset } = examination;
  const { signature } = version;
  const features = featuresOf(signature);
  if (!features) return unnamed(dataset ? featureColumns(examination, dataset.table) : []);
  return features.map((feature) => {
    const spec = signature.inputs.find(({ name }) => name === feature.input);
    const whole = spec && spec.datatype !== 'BYTES' && !isFloating(spec.datatype);
    return feature.type === 'number' && whole ? { ...feature, type: 'integer' } : feature;
  });
}

/** A model that takes columns by their order says nothing more of them. */
const unnamed = (names: readonly string[]): Feature[] =>
  names.map((name, column) => ({ name, type: 'number', input: '', column, nullable: false }));
