import type { Column, Table } from './table.ts';

export type Kind = Column['kind'];

export interface ColumnKind {
  readonly name: string;
  readonly kind: Kind;
}

/** What a file turned out to be. */
export interface ReadSummary {
  readonly rows: number;
  readonly columns: readonly ColumnKind[];
  /**
   * Columns that were read as numbers and hold a text further down: what was handed out has gaps in
   * their place. Read again with `kinds` that say `text`.
   */
  readonly retype: readonly string[];
}

/** Turns bytes, in pieces of any size, into tables of some thousand rows. */
export interface TableReader {
  /** @throws AppError `unprocessable` naming the line */
  push(bytes: Uint8Array): void;
  /** @throws AppError `unprocessable` where the file ends too early or is empty */
  end(): ReadSummary;
}

export interface ReaderOptions {
  readonly onTable: (table: Table) => void;
  /** Of columns that are known; the others are found out from the first rows. */
  readonly kinds?: ReadonlyMap<string, Kind> | undefined;
  /** Only these columns; all where it is left out. */
  readonly select?: ReadonlySet<string> | undefined;
}

/** Rows of the tables that readers hand out. */
export const CHUNK_ROWS = 16_384;
/** Of one table that is handed out, in texts. */
export const CHUNK_TEXT_BYTES = 32 * 2 ** 20;
export const MAX_COLUMNS = 10_000;
