import type { TextRecord } from '#core/batch/records.ts';
import { parseExact } from '#core/tensors/exact-json.ts';
import { type FillRow, NO_COLUMN, problemOf } from './csv-rows.ts';
import type { RowBatch, Slot } from './row-batch.ts';

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

/** Rows of values by name, as JSON has them. */
export const valueFiller = (
  batch: RowBatch,
  key?: string,
): FillRow<Readonly<Record<string, unknown>>> => {
  const names = batch.slots.map(({ name }) => name);
  const valueAt = (row: Readonly<Record<string, unknown>>, slot: number) =>
    row[names[slot] as string];
  const fill = filler(batch, valueAt, (row) => (key === undefined ? undefined : row[key]));
  return (row) => {
    const filled = fill(row);
    return names.some((name) => row[name] !== undefined)
      ? filled
      : { ...filled, problem: NO_COLUMN };
  };
};

/** Rows by their number in columns, as Parquet has them: no object is made of each. */
export function columnFiller(
  batch: RowBatch,
  columns: ReadonlyMap<string, ArrayLike<unknown>>,
  key?: string,
): FillRow<number> {
  const own = batch.slots.map(({ name }) => columns.get(name));
  const keys = key === undefined ? undefined : columns.get(key);
  return filler(
    batch,
    (row, slot) => own[slot]?.[row],
    (row) => keys?.[row],
  );
}

function filler<T>(
  batch: RowBatch,
  valueAt: (row: T, slot: number) => unknown,
  keyOf: (row: T) => unknown,
): FillRow<T> {
  return (row) => {
    let problem: string | undefined;
    for (let i = 0; i < batch.slots.length; i++) {
      const slot = batch.slots[i] as Slot;
      const value = valueAt(row, i);
      const missing = typeof value === 'number' && Number.isNaN(value);
      const found = batch.put(slot, missing ? undefined : value);
      if (found !== undefined) problem ??= problemOf(slot, found, String(value));
    }
    const name = keyOf(row);
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
