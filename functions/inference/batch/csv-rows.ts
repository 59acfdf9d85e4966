import type { CsvLayout } from '#core/batch/layout.ts';
import type { TextRecord } from '#core/batch/records.ts';
import { AppError } from '#core/errors.ts';
import { readField } from '#core/table/csv-fields.ts';
import { found, readNumber } from '#core/table/number-field.ts';
import { is64Bit } from '#core/tensors/tensor.ts';
import { problemOfText, valueOfText } from '../text-values.ts';
import type { RowBatch, Slot } from './row-batch.ts';

/** Puts one row into a batch. @returns why it cannot be scored, or its key where it has one */
export type FillRow<T> = (row: T) => { readonly problem?: string; readonly key?: string };

const QUOTE = 34;
const LF = 10;

/** Where every column may be missing, anything would do: a row must have one of them at least. */
export const NO_COLUMN = 'it has none of the columns of the model';

/** @throws AppError `unprocessable` for a file without a column that the model needs, or any of its */
export function checkColumns(batch: RowBatch, names: readonly string[], key?: string): void {
  const known = new Set(names);
  const missing = batch.slots.find(
    ({ column, name }) => !column.feature.nullable && !known.has(name),
  );
  if (!missing && !batch.slots.some(({ name }) => known.has(name))) {
    throw new AppError('unprocessable', NO_COLUMN);
  }
  const absent = missing?.name ?? (key !== undefined && !known.has(key) ? key : undefined);
  if (absent === undefined) return;
  const why = missing ? 'which the model needs' : 'which is to name its rows';
  throw new AppError('unprocessable', `it has no column "${absent}", ${why}`);
}

/** Records of CSV; columns that the model does not have are passed over. */
export function csvFiller(batch: RowBatch, layout: CsvLayout, key?: string): FillRow<TextRecord> {
  const { names } = layout;
  checkColumns(batch, names, key);
  const separator = layout.separator.charCodeAt(0);
  const slots = names.map((name) => batch.slots.find((slot) => slot.name === name));
  const numeric = slots.map((slot) => slot !== undefined && takesNumbers(slot));
  const keyAt = key === undefined ? -1 : names.indexOf(key);
  const absent = batch.slots.filter(({ name }) => !names.includes(name));
  const decoder = new TextDecoder();
  return (record) => {
    if (record.unclosed) return { problem: 'a quote in it is never closed' };
    const bytes = closed(record);
    const end = bytes === record.bytes ? record.end : bytes.length - 1;
    let at = bytes === record.bytes ? record.start : 0;
    let problem: string | undefined;
    let name: string | undefined;
    for (let i = 0; ; i++) {
      const slot = slots[i];
      let next: number;
      if (
        numeric[i] &&
        readNumber(bytes, at, end) &&
        (found.end === end || bytes[found.end] === separator)
      ) {
        next = found.end;
        problem ??= problemOf(slot as Slot, batch.put(slot as Slot, found.value));
        if (i === keyAt) name = decoder.decode(bytes.subarray(at, next));
      } else if (slot === undefined && i !== keyAt && bytes[at] !== QUOTE) {
        next = at;
        while (next < end && bytes[next] !== separator) next++;
      } else {
        const field = fieldAt(bytes, at, end, separator);
        if (!field) return { problem: 'it has something behind a closing quote' };
        const text = decoder.decode(field.bytes);
        if (slot)
          problem ??= problemOf(slot, batch.put(slot, valueOfText(slot.column, text)), text);
        if (i === keyAt) name = text;
        next = field.end;
      }
      if (next >= end) {
        if (i + 1 !== names.length)
          return { problem: `it has ${i + 1} fields, not ${names.length}` };
        break;
      }
      if (i + 1 === names.length) {
        return { problem: `it has more than ${names.length} fields` };
      }
      at = next + 1;
    }
    for (const slot of absent) problem ??= problemOf(slot, batch.put(slot, undefined));
    return { ...(problem !== undefined && { problem }), ...(name !== undefined && { key: name }) };
  };
}

/** With a line end behind it, which the last line of a file may lack. */
function closed({ bytes, start, end }: TextRecord): Uint8Array {
  if (end < bytes.length) return bytes;
  const padded = new Uint8Array(end - start + 1);
  padded.set(bytes.subarray(start, end));
  padded[end - start] = LF;
  return padded;
}

function fieldAt(bytes: Uint8Array, at: number, end: number, separator: number) {
  try {
    return readField(bytes, at, end + 1, separator);
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

const takesNumbers = ({ column: { feature, spec } }: Slot): boolean =>
  spec.datatype !== 'BYTES' && feature.type !== 'boolean' && !is64Bit(spec.datatype);

export const problemOf = (
  { name }: Slot,
  problem: string | undefined,
  text?: string,
): string | undefined => {
  if (problem === undefined) return undefined;
  return `${name}: ${problemOfText(problem, text)}`;
};
