import { AppError } from '../errors.ts';
import { ChunkBuilder } from './chunk-builder.ts';
import { MAX_COLUMNS, type ReaderOptions, type ReadSummary, type TableReader } from './reader.ts';

const LF = 10;
const MAX_LINE_BYTES = 8 * 2 ** 20;

/**
 * Reads JSON Lines: an object a line, numbers as numbers, booleans and strings as texts, null and
 * keys that a line leaves out as missing. Integers beyond 2⁵³ make their column one of texts.
 */
export class JsonLinesReader implements TableReader {
  readonly #rows: ChunkBuilder;
  readonly #select: ReadonlySet<string> | undefined;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #rest: Uint8Array = new Uint8Array(0);
  #line = 0;

  constructor({ onTable, kinds, select }: ReaderOptions) {
    this.#rows = new ChunkBuilder(onTable, kinds);
    this.#select = select;
  }

  push(bytes: Uint8Array): void {
    const last = bytes.lastIndexOf(LF);
    const tail = bytes.subarray(last + 1);
    if (last < 0) this.#rest = join(this.#rest, tail);
    else {
      this.#read(join(this.#rest, bytes.subarray(0, last)));
      this.#rest = tail.slice();
    }
    if (this.#rest.length > MAX_LINE_BYTES) {
      throw this.#refuse(this.#line + 1, `is longer than ${MAX_LINE_BYTES / 2 ** 20} MiB`);
    }
  }

  end(): ReadSummary {
    if (this.#rest.length > 0) this.#read(this.#rest);
    this.#rows.flush();
    const { rows, columns, retype } = this.#rows;
    if (columns.length === 0) {
      throw new AppError('unprocessable', 'the file is empty: it needs an object on each line');
    }
    return { rows, columns, retype };
  }

  #read(bytes: Uint8Array): void {
    let text: string;
    try {
      text = this.#decoder.decode(bytes);
    } catch {
      throw this.#refuse(this.#line + 1, 'or one after it is not UTF-8: save the file as UTF-8');
    }
    for (const line of text.split('\n')) {
      this.#line++;
      if (line !== '' && line.trim() !== '') this.#readLine(line);
    }
  }

  #readLine(line: string): void {
    const row = this.#parse(line);
    for (const name in row) {
      if (this.#select && !this.#select.has(name)) continue;
      this.#set(name, row[name], line);
    }
    if (this.#rows.width > MAX_COLUMNS) {
      throw this.#refuse(this.#line, `makes more than ${MAX_COLUMNS} columns`);
    }
    this.#rows.endRow();
  }

  #parse(line: string): Record<string, unknown> {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw this.#refuse(this.#line, 'is not JSON');
    }
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
    throw this.#refuse(this.#line, 'is not a JSON object');
  }

  #set(name: string, value: unknown, line: string): void {
    if (value === null) this.#rows.setMissing(name);
    else if (typeof value === 'string') this.#rows.setText(name, value);
    else if (typeof value === 'boolean') this.#rows.setText(name, String(value));
    else if (typeof value !== 'number') {
      throw this.#refuse(
        this.#line,
        `has a list or an object in "${name}": give it columns of its own`,
      );
    } else if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      this.#setLarge(name, value, line);
    } else this.#rows.setNumber(name, value, String(value));
  }

  /** The digits as they stand in the line: as a number they may have changed. */
  #setLarge(name: string, value: number, line: string): void {
    let source = String(value);
    JSON.parse(line, (key, inner: unknown, context?: { source?: string }) => {
      if (key === name && context?.source) source = context.source;
      return inner;
    });
    if (/^-?\d+$/.test(source)) this.#rows.setText(name, source);
    else this.#rows.setNumber(name, value, source);
  }

  #refuse(line: number, what: string): AppError {
    return new AppError('unprocessable', `line ${line} ${what}`);
  }
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
