import { AppError } from '#core/errors.ts';
import { rowPredictionId } from '#core/prediction-id.ts';
import { classNames, nameOfNumber } from '#core/signature/classes.ts';
import type { Signature } from '#core/signature/schema.ts';
import type { Datatype } from '#core/tensors/datatypes.ts';
import { elementCount } from '#core/tensors/shapes.ts';
import type { Output, Target } from '../predict.ts';
import { JSON_TYPE, type WireAnswer } from '../wire.ts';

/**
 * One prediction per row: label, probabilities by class name, value, as the outputs' roles say;
 * outputs without a role by name under `outputs`. Row i's prediction id is `<id>:<i>`.
 */
export function encodeRows(
  target: Target,
  outputs: readonly Output[],
  rows: number,
  id: string,
): WireAnswer {
  const { endpoint, variant } = target;
  const fields = predictionFields(variant.signature, outputs, rows);
  const predictions = new Array<string>(rows);
  for (let row = 0; row < rows; row++) {
    let text = `{"predictionId":"${rowPredictionId(id, row)}"`;
    for (const field of fields) text += field(row);
    predictions[row] = `${text}}`;
  }
  const head = JSON.stringify({
    endpoint: endpoint.name,
    revision: endpoint.revision,
    model: variant.model,
    modelVersion: variant.version,
  });
  const body = `${head.slice(0, -1)},"predictions":[${predictions.join(',')}]}`;
  return { status: 200, contentType: JSON_TYPE, body };
}

/** What an answer says of each row, in JSON with a comma before each field. */
export const predictionFields = (
  signature: Signature,
  outputs: readonly Output[],
  rows: number,
): FieldText[] =>
  fieldsOf(
    signature,
    outputs.map((output) => perRow(output, rows)),
  );

/** An output with the number of values that each row has in it. */
interface RowOutput extends Output {
  readonly width: number;
}

function perRow(output: Output, rows: number): RowOutput {
  const { shape, spec } = output;
  if (shape[0] === rows) return { ...output, width: elementCount(shape.slice(1)) };
  throw new AppError(
    'unprocessable',
    `output "${spec.name}" has the shape [${shape.join(', ')}], not one entry per row: use the Open Inference Protocol under /v2`,
  );
}

/** Writes a row's share of one field, with the comma before it. */
export type FieldText = (row: number) => string;

function fieldsOf(signature: Signature, outputs: readonly RowOutput[]): FieldText[] {
  const role = (name: string) => outputs.find(({ spec }) => spec.role === name);
  const label = role('label');
  const probabilities = role('probabilities');
  const value = role('value');
  const named = new Set([label, probabilities, value]);
  const others = outputs.filter((output) => !named.has(output));
  const classes = probabilities && classNames(signature, probabilities.width);
  return [
    label && labelText(label, signature.classes),
    !label && probabilities && classes && likeliestText(probabilities, classes),
    probabilities && classes && probabilitiesText(probabilities, classes),
    value && ((row: number) => `,"value":${rowText(value, row)}`),
    others.length > 0 && othersText(others),
  ].filter((field) => typeof field === 'function');
}

/** A class number becomes the class's name where the numbers are not the names themselves. */
function labelText(label: RowOutput, classes: readonly string[] | undefined): FieldText {
  const plain = (row: number) => `,"label":${rowText(label, row)}`;
  if (!classes || label.spec.datatype === 'BYTES' || label.width !== 1) return plain;
  return (row) => {
    const name = nameOfNumber(classes, String(label.data[row]));
    return name === undefined ? plain(row) : `,"label":${JSON.stringify(name)}`;
  };
}

function likeliestText(output: RowOutput, classes: readonly string[]): FieldText {
  return (row) => {
    const values = probabilitiesOf(output, classes.length, row);
    const best = values.reduce((top, p, i) => (p > (values[top] as number) ? i : top), 0);
    return `,"label":${JSON.stringify(classes[best])}`;
  };
}

function probabilitiesText(output: RowOutput, classes: readonly string[]): FieldText {
  const keys = classes.map((name) => `${JSON.stringify(name)}:`);
  return (row) => {
    const values = probabilitiesOf(output, keys.length, row);
    let text = '';
    for (let i = 0; i < keys.length; i++) {
      text += `${i > 0 ? ',' : ''}${keys[i]}${numberText(values[i] as number)}`;
    }
    return `,"probabilities":{${text}}`;
  };
}

function probabilitiesOf(output: RowOutput, classes: number, row: number): number[] {
  const values: number[] = [];
  for (let i = 0; i < output.width; i++) values.push(output.data[row * output.width + i] as number);
  return classes === 2 && values.length === 1 ? [1 - (values[0] as number), ...values] : values;
}

function othersText(outputs: readonly RowOutput[]): FieldText {
  const keys = outputs.map(({ spec }) => `${JSON.stringify(spec.name)}:`);
  return (row) =>
    `,"outputs":{${outputs.map((output, i) => keys[i] + rowText(output, row)).join(',')}}`;
}

/** A row's values: itself where there is one, else a flat list. */
function rowText({ data, spec, width }: RowOutput, row: number): string {
  if (width === 1) return valueText(spec.datatype, data[row]);
  const texts: string[] = [];
  for (let i = row * width; i < (row + 1) * width; i++) {
    texts.push(valueText(spec.datatype, data[i]));
  }
  return `[${texts.join(',')}]`;
}

function valueText(datatype: Datatype, value: unknown): string {
  if (datatype === 'BYTES') return JSON.stringify(value);
  if (datatype === 'BOOL') return value ? 'true' : 'false';
  return typeof value === 'bigint' ? String(value) : numberText(value as number);
}

const numberText = (value: number): string => (value - value === 0 ? String(value) : 'null');
