import { AppError } from '#core/errors.ts';
import type { Datatype } from '#core/tensors/datatypes.ts';
import { elementCount } from '#core/tensors/shapes.ts';
import type { Output } from '../predict.ts';

/** An output with the number of values that each row has in it. */
export interface RowOutput extends Output {
  readonly width: number;
}

/** @throws AppError `unprocessable` for an output without an entry for each row */
export function perRow(output: Output, rows: number): RowOutput {
  const { shape, spec } = output;
  if (shape[0] === rows) return { ...output, width: elementCount(shape.slice(1)) };
  throw new AppError(
    'unprocessable',
    `output "${spec.name}" has the shape [${shape.join(', ')}], not one entry per row: use the Open Inference Protocol under /v2`,
  );
}

/** A row's values: itself where there is one, else a flat list. */
export function rowText({ data, spec, width }: RowOutput, row: number): string {
  if (width === 1) return valueText(spec.datatype, data[row]);
  const texts: string[] = [];
  for (let i = row * width; i < (row + 1) * width; i++) {
    texts.push(valueText(spec.datatype, data[i]));
  }
  return `[${texts.join(',')}]`;
}

/** A row's probabilities by the names of the classes. */
export function probabilitiesByClass(output: RowOutput, classes: readonly string[]) {
  const keys = classes.map((name) => `${JSON.stringify(name)}:`);
  return (row: number): string => {
    const values = probabilitiesOf(output, keys.length, row);
    let text = '';
    for (let i = 0; i < keys.length; i++) {
      text += `${i > 0 ? ',' : ''}${keys[i]}${numberText(values[i] as number)}`;
    }
    return `{${text}}`;
  };
}

export function probabilitiesOf(output: RowOutput, classes: number, row: number): number[] {
  const values: number[] = [];
  for (let i = 0; i < output.width; i++) values.push(output.data[row * output.width + i] as number);
  return classes === 2 && values.length === 1 ? [1 - (values[0] as number), ...values] : values;
}

/** All values, nested as the shape says. */
export function nestedText({ data, spec, shape }: Output): string {
  let at = 0;
  const level = (axis: number): string => {
    if (axis === shape.length) return valueText(spec.datatype, data[at++]);
    const parts = Array.from({ length: shape[axis] as number }, () => level(axis + 1));
    return `[${parts.join(',')}]`;
  };
  return level(0);
}

function valueText(datatype: Datatype, value: unknown): string {
  if (datatype === 'BYTES') return JSON.stringify(value);
  if (datatype === 'BOOL') return value ? 'true' : 'false';
  return typeof value === 'bigint' ? String(value) : numberText(value as number);
}

const numberText = (value: number): string => (value - value === 0 ? String(value) : 'null');
