import { CHUNK_ROWS, CHUNK_TEXT_BYTES, type ColumnKind, type Kind } from './reader.ts';
import type { Column, Table } from './table.ts';

interface Sink {
  kind: Kind;
  values: Float64Array;
  codes: Int32Array;
  categories: Map<string, number>;
}

/**
 * Gathers rows whose columns turn up as they come (JSON Lines): a column that is new has gaps in
 * the rows before it, one that a row leaves out has a gap there.
 */
export class ChunkBuilder {
  readonly #onTable: (table: Table) => void;
  readonly #kinds: ReadonlyMap<string, Kind> | undefined;
  readonly #sinks = new Map<string, Sink>();
  readonly #retype = new Set<string>();
  #row = 0;
  #textBytes = 0;
  rows = 0;

  constructor(onTable: (table: Table) => void, kinds?: ReadonlyMap<string, Kind> | undefined) {
    this.#onTable = onTable;
    this.#kinds = kinds;
  }

  /** @param text as which the value is kept where the column holds texts */
  setNumber(name: string, value: number, text: string): void {
    const sink = this.#sink(name, 'numeric');
    if (sink.kind === 'numeric') sink.values[this.#row] = value;
    else this.#code(sink, text);
  }

  setText(name: string, text: string): void {
    const sink = this.#sink(name, 'text');
    if (sink.kind === 'text') this.#code(sink, text);
    else this.#retype.add(name);
  }

  setMissing(name: string): void {
    this.#sink(name, 'numeric');
  }

  endRow(): void {
    this.#row++;
    this.rows++;
    if (this.#row === CHUNK_ROWS || this.#textBytes > CHUNK_TEXT_BYTES) this.flush();
  }

  flush(): void {
    if (this.#row === 0) return;
    const rows = this.#row;
    const columns = [...this.#sinks].map(([name, sink]) => takeColumn(name, sink, rows));
    for (const sink of this.#sinks.values()) reset(sink);
    this.#row = 0;
    this.#textBytes = 0;
    this.#onTable({ rows, columns });
  }

  get columns(): ColumnKind[] {
    return [...this.#sinks].map(([name, { kind }]) => ({ name, kind }));
  }

  get width(): number {
    return this.#sinks.size;
  }

  get retype(): string[] {
    return [...this.#retype];
  }

  #sink(name: string, kind: Kind): Sink {
    let sink = this.#sinks.get(name);
    if (!sink) {
      sink = newSink(this.#kinds?.get(name) ?? kind);
      this.#sinks.set(name, sink);
    }
    return sink;
  }

  #code(sink: Sink, text: string): void {
    let code = sink.categories.get(text);
    if (code === undefined) {
      code = sink.categories.size;
      sink.categories.set(text, code);
      this.#textBytes += text.length;
    }
    sink.codes[this.#row] = code;
  }
}

const NO_VALUES = new Float64Array(0);
const NO_CODES = new Int32Array(0);

const newSink = (kind: Kind): Sink => ({
  kind,
  values: kind === 'numeric' ? new Float64Array(CHUNK_ROWS).fill(Number.NaN) : NO_VALUES,
  codes: kind === 'text' ? new Int32Array(CHUNK_ROWS).fill(-1) : NO_CODES,
  categories: new Map(),
});

const takeColumn = (name: string, sink: Sink, rows: number): Column =>
  sink.kind === 'numeric'
    ? { name, kind: 'numeric', values: sink.values.slice(0, rows) }
    : {
        name,
        kind: 'text',
        codes: sink.codes.slice(0, rows),
        categories: [...sink.categories.keys()],
      };

function reset(sink: Sink): void {
  sink.values.fill(Number.NaN);
  sink.codes.fill(-1);
  sink.categories = new Map();
}
