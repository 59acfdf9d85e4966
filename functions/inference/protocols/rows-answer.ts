import { rowPredictionId } from '#core/prediction-id.ts';
import { classNames, nameOfNumber } from '#core/signature/classes.ts';
import type { Signature } from '#core/signature/schema.ts';
import type { Output, Target } from '../predict.ts';
import { JSON_TYPE, type WireAnswer } from '../wire.ts';
import {
  perRow,
  probabilitiesByClass,
  probabilitiesOf,
  type RowOutput,
  rowText,
} from './output-values.ts';

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
  const text = probabilitiesByClass(output, classes);
  return (row) => `,"probabilities":${text(row)}`;
}

function othersText(outputs: readonly RowOutput[]): FieldText {
  const keys = outputs.map(({ spec }) => `${JSON.stringify(spec.name)}:`);
  return (row) =>
    `,"outputs":{${outputs.map((output, i) => keys[i] + rowText(output, row)).join(',')}}`;
}
