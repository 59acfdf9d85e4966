import type { TextRecord } from '#core/batch/records.ts';
import { parseExact } from '#core/tensors/exact-json.ts';
import { type FillRow, problemOf } from './csv-rows.ts';
import type { RowBatch } from './row-batch.ts';

/** Objects of JSON Lines, with the same values as rows in a request. */
export function jsonFiller(batch: RowBatch, exact: boolean, key?: string): FillRow<TextRecord> {
  const decoder = new TextDecoder();
  const fill = valueFiller(batch, key);
  return ({ bytes, start, end }) => {
    let value: unknown;
    try {
      const text = decoder.decode(bytes.subarray(start, end));
      value = exact ? parseExact(text) : JSON.parse(text);
    } catch {
      return { problem: 'it is not JSON' };
    }
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return fill(value as Record<string, unknown>);
    }
    return { problem: 'it is not a JSON object' };
  };
}

/** Rows of values by name, as JSON and Parquet have them. */
export function valueFiller(batch: RowBatch, key?: string): FillRow<Record<string, unknown>> {
  return (row) => {
    let problem: string | undefined;
    for (const slot of batch.slots) {
      const value = row[slot.name];
      const missing = typeof value === 'number' && Number.isNaN(value);
      const found = batch.put(slot, missing ? undefined : value);
      if (found !== undefined) problem ??= problemOf(slot, found, String(value));
    }
    const name = key === undefined ? undefined : row[key];
    return {
      ...(problem !== undefined && { problem }),
      ...(name !== undefined && name !== null && { key: textOf(name) }),
    };
  };
}

const textOf = (value: unknown): string =>
  value instanceof Date
    ? value.toISOString()
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
