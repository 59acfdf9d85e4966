import { parseExact } from '#core/tensors/exact-json.ts';
import type { SourceRecord } from '#shared/source-records.ts';

export type Fields = Record<string, unknown>;

/** A record as what it holds, under the id that it is known by. */
export interface Decoded {
  readonly record: SourceRecord;
  readonly id: string;
  readonly fields: Fields;
}

export interface Undecodable {
  readonly record: SourceRecord;
  readonly reason: string;
}

interface Reading {
  /** Integers that a JSON number cannot hold are kept. */
  readonly exact: boolean;
  /** A field that names the record, in the place of what its source calls it. */
  readonly idField?: string | undefined;
}

const MAX_ID = 256;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}\s*$/;

/** Reads one JSON object, as it is or in base64. */
export function decode(record: SourceRecord, reading: Reading): Decoded | Undecodable {
  const fields = parse(record.text, reading.exact);
  if (typeof fields === 'string') return { record, reason: fields };
  const { idField } = reading;
  if (idField === undefined) return { record, id: record.id, fields };
  const id = fields[idField];
  if (typeof id !== 'string' && typeof id !== 'number' && typeof id !== 'bigint') {
    return { record, reason: `${idField}: must be a string or a number: it names the record` };
  }
  const text = String(id);
  if (text.length === 0 || text.length > MAX_ID) {
    return { record, reason: `${idField}: must have 1 to ${MAX_ID} characters` };
  }
  return { record, id: text, fields };
}

/** @returns the fields, or what is wrong */
function parse(text: string, exact: boolean): Fields | string {
  const json = BASE64.test(text) ? Buffer.from(text, 'base64').toString('utf8') : text;
  let value: unknown;
  try {
    value = exact ? parseExact(json) : JSON.parse(json);
  } catch (error) {
    return `it is not JSON: ${(error as Error).message}`;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  return 'it is not a JSON object';
}
