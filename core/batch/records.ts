import { AppError } from '../errors.ts';

const LF = 10;
const CR = 13;
const QUOTE = 34;
/** A record that is longer has a quote that is not closed. */
export const MAX_RECORD_BYTES = 2 ** 20;

/** The record goes on behind these bytes. */
const MORE = -1;
/** So it does, inside a quote. */
const OPEN = -2;

/** One record of a text file, by its place in the bytes that are handed over. */
export interface TextRecord {
  readonly bytes: Uint8Array;
  readonly start: number;
  /** Of its line end. */
  readonly end: number;
  /** Of its first line, from 1. */
  readonly line: number;
  /** Whether it is only the first line of a record that has no end. */
  readonly unclosed: boolean;
}

interface Options {
  /** Of CSV, where quotes may hold line ends; undefined: each line is a record. */
  readonly separator: string | undefined;
  readonly line?: number;
  readonly onRecord: (record: TextRecord) => void;
}

/**
 * Cuts text into records. Whoever cuts a file into shards and whoever reads a shard use this one
 * definition, which depends on the bytes from the record's start only: a quote that is never closed
 * costs its own line, and the next line begins a record again.
 */
export class RecordReader {
  readonly #separator: number;
  readonly #onRecord: Options['onRecord'];
  #pending: Uint8Array = new Uint8Array(0);
  #line: number;
  /** Bytes up to which all records have been handed out. */
  #offset = 0;

  constructor({ separator, line = 1, onRecord }: Options) {
    this.#separator = separator === undefined ? -1 : separator.charCodeAt(0);
    this.#line = line;
    this.#onRecord = onRecord;
  }

  get offset(): number {
    return this.#offset;
  }

  /** Of the record that comes next. */
  get line(): number {
    return this.#line;
  }

  push(bytes: Uint8Array): void {
    this.#read(join(this.#pending, bytes), false);
  }

  end(): void {
    this.#read(this.#pending, true);
  }

  #read(bytes: Uint8Array, last: boolean): void {
    let at = 0;
    while (at < bytes.length) {
      const next = this.#record(bytes, at, last);
      if (next < 0) break;
      this.#offset += next - at;
      at = next;
    }
    this.#pending = bytes.subarray(at);
  }

  /** Where the next record begins; -1 where this one does not end in these bytes. */
  #record(bytes: Uint8Array, start: number, last: boolean): number {
    const limit = Math.min(bytes.length, start + MAX_RECORD_BYTES);
    const isLine = this.#separator < 0;
    const end = isLine ? lineEnd(bytes, start, limit) : this.#csvEnd(bytes, start, limit);
    if (end >= 0) return this.#emit(bytes, { start, end, unclosed: false }, last);
    const isCut = limit - start === MAX_RECORD_BYTES;
    if (!isCut && !last) return MORE;
    if (!isCut && end === MORE)
      return this.#emit(bytes, { start, end: limit, unclosed: false }, last);
    const line = lineEnd(bytes, start, limit);
    if (line < 0 && isCut) throw this.#tooLong();
    return this.#emit(bytes, { start, end: line < 0 ? limit : line, unclosed: true }, last);
  }

  #emit(
    bytes: Uint8Array,
    record: { start: number; end: number; unclosed: boolean },
    last: boolean,
  ): number {
    const { start, end } = record;
    const isReturn = bytes[end] === CR;
    if (isReturn && end + 1 >= bytes.length && !last) return MORE;
    const width = isReturn && bytes[end + 1] === LF ? 2 : 1;
    const next = Math.min(end + width, bytes.length);
    if (end > start) this.#onRecord({ bytes, ...record, line: this.#line });
    this.#line += 1 + (this.#separator < 0 ? 0 : countLines(bytes, start, end));
    return next;
  }

  #csvEnd(bytes: Uint8Array, start: number, limit: number): number {
    const separator = this.#separator;
    for (let at = start; at < limit; at++) {
      if (bytes[at] === QUOTE) {
        at = closingQuote(bytes, at, limit) + 1;
        if (at === 0) return OPEN;
      }
      for (; at < limit; at++) {
        const byte = bytes[at] as number;
        if (byte === separator) break;
        if (byte === LF || byte === CR) return at;
      }
    }
    return MORE;
  }

  #tooLong(): AppError {
    const bytes = MAX_RECORD_BYTES / 2 ** 20;
    return new AppError('unprocessable', `line ${this.#line} is longer than ${bytes} MiB`);
  }
}

function lineEnd(bytes: Uint8Array, start: number, limit: number): number {
  for (let at = start; at < limit; at++) {
    const byte = bytes[at] as number;
    if (byte === LF || byte === CR) return at;
  }
  return -1;
}

/** Doubled quotes are text. */
function closingQuote(bytes: Uint8Array, open: number, limit: number): number {
  for (let at = open + 1; at < limit; at++) {
    if (bytes[at] !== QUOTE) continue;
    if (bytes[at + 1] !== QUOTE || at + 1 >= limit) return at;
    at++;
  }
  return -1;
}

function countLines(bytes: Uint8Array, start: number, end: number): number {
  let lines = 0;
  for (let at = start; at < end; at++) if (bytes[at] === LF) lines++;
  return lines;
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
