import { AppError } from '../errors.ts';
import { type Dialect, type DialectOptions, findDialect } from './csv-dialect.ts';
import { afterLineEnd, CR, fieldEnd, LF, QUOTE, readField, splitRecord } from './csv-fields.ts';
import { nearestDouble } from './decimal.ts';
import { isMissingText, parseNumber } from './missing.ts';
import {
  CHUNK_ROWS,
  CHUNK_TEXT_BYTES,
  type ReaderOptions,
  type ReadSummary,
  type TableReader,
} from './reader.ts';
import type { Column } from './table.ts';
import { TextDictionary } from './text-dictionary.ts';

/** From so much of the beginning separator and kinds are found. */
const HEAD_BYTES = 2 ** 18;
/** A record that is longer has a quote that is not closed. */
const MAX_RECORD_BYTES = 8 * 2 ** 20;

const POWERS = Array.from({ length: 23 }, (_, i) => 10 ** i);
const LARGEST_EXACT = Number.MAX_SAFE_INTEGER;

interface NumberSink {
  readonly kind: 'numeric';
  values: Float64Array;
}
interface TextSink {
  readonly kind: 'text';
  codes: Int32Array;
  dictionary: TextDictionary;
}
type Sink = NumberSink | TextSink | undefined;

/**
 * Reads CSV by RFC 4180, with any of the line ends, a byte-order mark, and `,` `;` tab or `|` for a
 * separator. Numbers are read from the bytes; where the fast way does not fit, by the slow one.
 */
export class CsvReader implements TableReader {
  readonly #options: ReaderOptions & DialectOptions;
  /** What is not parsed yet, and one byte more. */
  #pending = new Uint8Array(1);
  #dialect: Dialect | undefined;
  #separator = 0;
  #sinks: Sink[] = [];
  readonly #retype = new Set<string>();
  #rows = 0;
  #row = 0;
  #line = 1;
  /** Line ends inside the quotes of the record at hand. */
  #innerLines = 0;

  constructor(options: ReaderOptions & DialectOptions) {
    this.#options = options;
  }

  /** Known once the header is read. */
  get separator(): string | undefined {
    return this.#dialect?.separator;
  }

  push(bytes: Uint8Array): void {
    this.#append(bytes);
    if (this.#dialect || this.#pending.length > HEAD_BYTES) this.#parse();
  }

  end(): ReadSummary {
    if (this.#pending[this.#pending.length - 2] !== LF) this.#append(Uint8Array.of(LF));
    this.#parse();
    const isBlank = this.#pending.every((byte) => byte === LF || byte === CR || byte === 0);
    if (!isBlank) throw this.#refuse('has a quote that is never closed');
    if (!this.#dialect) {
      throw new AppError('unprocessable', 'the file is empty: it needs a header line');
    }
    if (this.#row > 0) this.#flush();
    const columns = this.#dialect.columns;
    return { rows: this.#rows, columns, retype: [...this.#retype] };
  }

  #append(bytes: Uint8Array): void {
    const kept = this.#pending.length - 1;
    const joined = new Uint8Array(kept + bytes.length + 1);
    joined.set(this.#pending.subarray(0, kept));
    joined.set(bytes, kept);
    this.#pending = joined;
  }

  #parse(): void {
    const bytes = this.#pending;
    const end = bytes.length - 1;
    let at = 0;
    if (!this.#dialect) at = this.#begin(bytes, end);
    while (this.#dialect && at < end) {
      const next = this.#record(bytes, at, end);
      if (next < 0) break;
      at = next;
    }
    if (end - at > MAX_RECORD_BYTES) {
      throw this.#refuse(
        `is longer than ${MAX_RECORD_BYTES / 2 ** 20} MiB: is a quote not closed?`,
      );
    }
    this.#pending = bytes.subarray(at);
  }

  #begin(bytes: Uint8Array, end: number): number {
    const dialect = findDialect(bytes, end, this.#options);
    if (!dialect) return 0;
    this.#dialect = dialect;
    this.#separator = dialect.separator.charCodeAt(0);
    this.#line = dialect.line;
    this.#sinks = dialect.columns.map(({ name, kind }) => {
      if (this.#options.select && !this.#options.select.has(name)) return undefined;
      return newSink(kind);
    });
    return dialect.start;
  }

  /** Reads one record into the row at hand; where it ends, or -1 where that is not there yet. */
  #record(bytes: Uint8Array, start: number, end: number): number {
    const width = this.#sinks.length;
    let at = start;
    this.#innerLines = 0;
    const first = bytes[at] as number;
    if (first === LF || first === CR) return this.#lineEnd(bytes, at, end, false);
    for (let i = 0; i < width; i++) {
      const sink = this.#sinks[i];
      if (sink === undefined) at = this.#skip(bytes, at, end);
      else if (sink.kind === 'numeric') at = this.#number(bytes, at, end, sink, i);
      else at = this.#text(bytes, at, end, sink);
      if (at < 0) return -1;
      const isSeparator = bytes[at] === this.#separator;
      if (isSeparator !== i < width - 1) return this.#ragged(bytes, start, end);
      if (isSeparator) at++;
    }
    return this.#lineEnd(bytes, at, end, true);
  }

  #lineEnd(bytes: Uint8Array, at: number, end: number, isRow: boolean): number {
    const next = afterLineEnd(bytes, at, end);
    if (next < 0) return -1;
    this.#line += 1 + this.#innerLines;
    if (!isRow) return next;
    this.#rows++;
    this.#row++;
    if (this.#row === CHUNK_ROWS || (this.#row % 256 === 0 && this.#holdsMuchText())) this.#flush();
    return next;
  }

  /**
   * A number straight from its bytes (Clinger 1990): exact where the digits are a whole number up to
   * 2⁵³ and the power of ten is at most 22, because both are doubles and one operation rounds once.
   * With more digits, by two doubles.
   */
  #number(bytes: Uint8Array, start: number, end: number, sink: NumberSink, column: number): number {
    let at = start;
    let byte = bytes[at] as number;
    const isNegative = byte === 45;
    if (isNegative) byte = bytes[++at] as number;
    const digits = at;
    let value = 0;
    while (byte >= 48 && byte <= 57) {
      value = value * 10 + (byte - 48);
      byte = bytes[++at] as number;
    }
    let count = at - digits;
    let scale = 0;
    if (byte === 46) {
      const fraction = ++at;
      byte = bytes[at] as number;
      while (byte >= 48 && byte <= 57) {
        value = value * 10 + (byte - 48);
        byte = bytes[++at] as number;
      }
      scale = at - fraction;
      count += scale;
    }
    const ends = at < end && (byte === this.#separator || byte === LF || byte === CR);
    if (ends && count > 0 && (value <= LARGEST_EXACT || scale > 0)) {
      const exact =
        value <= LARGEST_EXACT && scale < POWERS.length
          ? value / (POWERS[scale] as number)
          : nearestDouble(bytes, digits, at, scale);
      if (exact !== undefined) {
        sink.values[this.#row] = isNegative ? -exact : exact;
        return at;
      }
    }
    if (ends && at === start) {
      sink.values[this.#row] = Number.NaN;
      return at;
    }
    return this.#oddNumber(bytes, start, end, sink, column);
  }

  /** Exponents, many digits, quotes, spaces, words. */
  #oddNumber(
    bytes: Uint8Array,
    start: number,
    end: number,
    sink: NumberSink,
    column: number,
  ): number {
    const field = this.#field(bytes, start, end);
    if (!field) return -1;
    const text = latin1(field.bytes);
    const value = isMissingText(text.trim()) ? Number.NaN : parseNumber(text);
    if (value === undefined) this.#retype.add(this.#dialect?.columns[column]?.name as string);
    sink.values[this.#row] = value ?? Number.NaN;
    return field.end;
  }

  #text(bytes: Uint8Array, start: number, end: number, sink: TextSink): number {
    if (bytes[start] === QUOTE) {
      const field = this.#field(bytes, start, end);
      if (!field) return -1;
      this.#code(sink, field.bytes, 0, field.bytes.length);
      return field.end;
    }
    const stop = fieldEnd(bytes, start, end, this.#separator);
    if (stop >= 0) this.#code(sink, bytes, start, stop);
    return stop;
  }

  #code(sink: TextSink, bytes: Uint8Array, from: number, to: number): void {
    try {
      sink.codes[this.#row] = sink.dictionary.code(bytes, from, to);
    } catch (error) {
      throw error instanceof AppError ? this.#refuse(error.message) : error;
    }
  }

  #skip(bytes: Uint8Array, start: number, end: number): number {
    if (bytes[start] !== QUOTE) return fieldEnd(bytes, start, end, this.#separator);
    return this.#field(bytes, start, end)?.end ?? -1;
  }

  #field(bytes: Uint8Array, start: number, end: number) {
    try {
      const field = readField(bytes, start, end, this.#separator);
      this.#innerLines += field?.lines ?? 0;
      return field;
    } catch (error) {
      throw error instanceof AppError ? this.#refuse(error.message) : error;
    }
  }

  #holdsMuchText(): boolean {
    let total = 0;
    for (const sink of this.#sinks) if (sink?.kind === 'text') total += sink.dictionary.bytes;
    return total > CHUNK_TEXT_BYTES;
  }

  #flush(): void {
    const rows = this.#row;
    const columns = this.#sinks.flatMap((sink, i): Column[] => {
      if (!sink) return [];
      const name = this.#dialect?.columns[i]?.name as string;
      if (sink.kind === 'numeric')
        return [{ name, kind: 'numeric', values: sink.values.slice(0, rows) }];
      const { categories } = sink.dictionary;
      sink.dictionary = new TextDictionary();
      return [{ name, kind: 'text', codes: sink.codes.slice(0, rows), categories }];
    });
    this.#row = 0;
    this.#options.onTable({ rows, columns });
  }

  /** Counts the fields of a record that has too few or too many; -1 where more is to come. */
  #ragged(bytes: Uint8Array, start: number, end: number): -1 {
    const record = splitRecord(bytes, start, end, this.#separator);
    if (!record) return -1;
    const width = this.#sinks.length;
    throw this.#refuse(`has ${record.fields.length} fields, the header has ${width}`);
  }

  #refuse(what: string): AppError {
    return new AppError('unprocessable', `line ${this.#line} ${what}`);
  }
}

const newSink = (kind: 'numeric' | 'text'): Sink =>
  kind === 'numeric'
    ? { kind, values: new Float64Array(CHUNK_ROWS) }
    : { kind, codes: new Int32Array(CHUNK_ROWS), dictionary: new TextDictionary() };

/** Numbers are ASCII; whatever is not makes no number either way. */
function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
