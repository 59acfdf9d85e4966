import { AppError } from '../errors.ts';

export const LF = 10;
export const CR = 13;
export const QUOTE = 34;

/** Where a field ends and what stands in it. */
export interface Field {
  /** Position of the separator or line end behind it. */
  readonly end: number;
  /** Its bytes without quotes. */
  readonly bytes: Uint8Array;
  /** Line ends inside the quotes. */
  readonly lines: number;
}

/**
 * One field by RFC 4180: quoted, with quotes doubled and line ends inside, or plain. A quote inside
 * a plain field stands for itself, as pandas reads it.
 *
 * @param bytes one byte longer than `end`
 * @returns undefined where the field does not end before `end`
 * @throws AppError where something follows a closing quote
 */
export function readField(
  bytes: Uint8Array,
  start: number,
  end: number,
  separator: number,
): Field | undefined {
  if (bytes[start] === QUOTE && start < end) return readQuoted(bytes, start, end, separator);
  const stop = fieldEnd(bytes, start, end, separator);
  if (stop < 0) return undefined;
  return { end: stop, bytes: bytes.subarray(start, stop), lines: 0 };
}

/** Position of the next separator or line end, -1 where there is none before `end`. */
export function fieldEnd(bytes: Uint8Array, start: number, end: number, separator: number): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === separator || byte === LF || byte === CR) return at;
  }
  return -1;
}

function readQuoted(
  bytes: Uint8Array,
  start: number,
  end: number,
  separator: number,
): Field | undefined {
  let lines = 0;
  let doubled = 0;
  for (let at = start + 1; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === LF) lines++;
    if (byte !== QUOTE) continue;
    if (at + 1 >= end) return undefined;
    const next = bytes[at + 1] as number;
    if (next === QUOTE) {
      doubled++;
      at++;
      continue;
    }
    if (next !== separator && next !== LF && next !== CR) {
      throw new AppError('unprocessable', 'has something behind a closing quote');
    }
    const inside = bytes.subarray(start + 1, at);
    return { end: at + 1, bytes: doubled ? undouble(inside, doubled) : inside, lines };
  }
  return undefined;
}

function undouble(bytes: Uint8Array, doubled: number): Uint8Array {
  const text = new Uint8Array(bytes.length - doubled);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    text[length++] = bytes[at] as number;
    if (bytes[at] === QUOTE) at++;
  }
  return text;
}

/** Behind the line end at this position; -1 where a line feed may follow that is not there yet. */
export function afterLineEnd(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] === LF) return at + 1;
  if (at + 1 >= end) return -1;
  return bytes[at + 1] === LF ? at + 2 : at + 1;
}

export interface SplitRecord {
  readonly fields: readonly Uint8Array[];
  readonly next: number;
  readonly lines: number;
}

/** One whole record, undefined where it does not end before `end`. */
export function splitRecord(
  bytes: Uint8Array,
  start: number,
  end: number,
  separator: number,
): SplitRecord | undefined {
  const fields: Uint8Array[] = [];
  let lines = 1;
  for (let at = start; ; at++) {
    const field = readField(bytes, at, end, separator);
    if (!field) return undefined;
    fields.push(field.bytes);
    lines += field.lines;
    at = field.end;
    if (bytes[at] === separator) continue;
    const next = afterLineEnd(bytes, at, end);
    return next < 0 ? undefined : { fields, next, lines };
  }
}
