import type { Feature, Signature, TensorSpec } from '#core/signature/schema.ts';
import { isFloating } from '#core/tensors/tensor.ts';

const MAX_FEATURES = 10_000;

/**
 * The columns that a model's rows have: those that its owner declared, else one per value of each
 * input, named `<input>` or `<input>_<i>`; undefined where the inputs are not rows of columns.
 */
export function featuresOf({ features, inputs }: Signature): Feature[] | undefined {
  if (features) return features;
  const widths = inputs.map(widthOf);
  if (widths.includes(0) || widths.reduce((a, b) => a + b, 0) > MAX_FEATURES) return undefined;
  return inputs.flatMap((input, i) => defaults(input, widths[i] as number));
}

/** Values per row: 0 where the input has no rows, or rows without a fixed number of values. */
function widthOf({ shape }: TensorSpec): number {
  if (shape.length === 1) return 1;
  const last = shape[1];
  return shape.length === 2 && typeof last === 'number' && last > 0 ? last : 0;
}

const defaults = ({ name, datatype }: TensorSpec, width: number): Feature[] =>
  Array.from({ length: width }, (_, column) => ({
    name: width === 1 ? name : `${name}_${column}`,
    type: typeOf(datatype),
    input: name,
    column,
    nullable: false,
  }));

function typeOf(datatype: TensorSpec['datatype']): Feature['type'] {
  if (datatype === 'BYTES') return 'string';
  if (datatype === 'BOOL') return 'boolean';
  return isFloating(datatype) ? 'number' : 'integer';
}
