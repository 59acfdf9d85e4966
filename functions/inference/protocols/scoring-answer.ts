import { AppError, type ErrorCode } from '#core/errors.ts';
import { classNames } from '#core/signature/classes.ts';
import type { Signature } from '#core/signature/schema.ts';
import { statusOf } from '#shared/problem.ts';
import type { Output } from '../predict.ts';
import { JSON_TYPE, json, type WireAnswer } from '../wire.ts';
import { nestedText, perRow, probabilitiesByClass, rowText } from './output-values.ts';

const predictions = (text: string): WireAnswer => ({
  status: 200,
  contentType: JSON_TYPE,
  body: `{"predictions":${text}}`,
});

/** To a data frame: one record for each row, of all outputs by name. */
export function encodeRecords(
  signature: Signature,
  outputs: readonly Output[],
  rows: number,
): WireAnswer {
  const fields = outputs.map((output) => fieldOf(signature, output, rows));
  const records = Array.from(
    { length: rows },
    (_, row) => `{${fields.map((text) => text(row)).join(',')}}`,
  );
  return predictions(`[${records.join(',')}]`);
}

function fieldOf(signature: Signature, given: Output, rows: number): (row: number) => string {
  const output = perRow(given, rows);
  const key = JSON.stringify(output.spec.name);
  const byClass =
    output.spec.role === 'probabilities' &&
    output.width > 1 &&
    probabilitiesByClass(output, classNames(signature, output.width));
  return (row) => `${key}:${byClass ? byClass(row) : rowText(output, row)}`;
}

/** To tensors: all outputs by name, nested as their shapes say. */
export const encodeTensors = (outputs: readonly Output[]): WireAnswer => {
  const fields = outputs.map(
    (output) => `${JSON.stringify(output.spec.name)}:${nestedText(output)}`,
  );
  return predictions(`{${fields.join(',')}}`);
};

/** MLflow's names for what went wrong; whatever else is wrong with a request is BAD_REQUEST. */
const CODES: Partial<Record<ErrorCode, string>> = {
  unauthorized: 'UNAUTHENTICATED',
  forbidden: 'PERMISSION_DENIED',
  'not-found': 'RESOURCE_DOES_NOT_EXIST',
  'method-not-allowed': 'ENDPOINT_NOT_FOUND',
  unprocessable: 'INVALID_PARAMETER_VALUE',
  'bad-gateway': 'TEMPORARILY_UNAVAILABLE',
  unavailable: 'TEMPORARILY_UNAVAILABLE',
  'timed-out': 'DEADLINE_EXCEEDED',
};

/** An error in the form of MLflow's scoring server. */
export function scoringFailure(error: unknown, requestId: string): WireAnswer {
  if (!(error instanceof AppError)) {
    const message = `something failed on our side; quote the request id ${requestId}`;
    return json({ error_code: 'INTERNAL_ERROR', message }, 500);
  }
  const { code, message } = error;
  // It knows 400 alone for data that do not fit a model.
  const status = code === 'unprocessable' ? 400 : statusOf(code);
  return json({ error_code: CODES[code] ?? 'BAD_REQUEST', message }, status);
}
