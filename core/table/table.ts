/** Numbers by row; NaN where the value is missing. */
export interface NumericColumn {
  readonly name: string;
  readonly kind: 'numeric';
  readonly values: Float64Array;
}

/**
 * Texts by row, as positions in the list of distinct texts; -1 where the value is missing. Booleans
 * are the texts "true" and "false".
 */
export interface TextColumn {
  readonly name: string;
  readonly kind: 'text';
  readonly codes: Int32Array;
  readonly categories: readonly string[];
}

export type Column = NumericColumn | TextColumn;

/** Data by column, as a file held it: every column has a value or a gap for each row. */
export interface Table {
  readonly rows: number;
  readonly columns: readonly Column[];
}

export const columnOf = (table: Table, name: string): Column | undefined =>
  table.columns.find((column) => column.name === name);

export const isMissing = (column: Column, row: number): boolean =>
  column.kind === 'numeric'
    ? Number.isNaN(column.values[row] as number)
    : (column.codes[row] as number) < 0;

/** The value as text, undefined where it is missing: what class names are compared with. */
export function textAt(column: Column, row: number): string | undefined {
  if (isMissing(column, row)) return undefined;
  return column.kind === 'numeric'
    ? String(column.values[row])
    : (column.categories[column.codes[row] as number] as string);
}

/** These rows, in this order; a row may be taken more than once. */
export function takeRows(table: Table, rows: ArrayLike<number>): Table {
  const columns = table.columns.map((column) => takeFrom(column, rows));
  return { rows: rows.length, columns };
}

function takeFrom(column: Column, rows: ArrayLike<number>): Column {
  if (column.kind === 'numeric') {
    const values = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) values[i] = column.values[rows[i] as number] as number;
    return { ...column, values };
  }
  const codes = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) codes[i] = column.codes[rows[i] as number] as number;
  return { ...column, codes };
}
