import { type CaptureColumn, captureColumns } from '#core/capture/columns.ts';
import { Profiler } from '#core/profile/profiler.ts';
import type { Signature } from '#core/signature/schema.ts';
import type { Column } from '#core/table/table.ts';
import type { TensorData } from '#core/tensors/tensor.ts';

/** Wider models are profiled by their first columns: a profile of each takes some kilobytes. */
const MAX_COLUMNS = 256;

/** A tensor by its name in the signature. */
export type TensorOf = (name: string) => TensorData | undefined;

/**
 * Profiles the rows that were scored, inputs as the model took them and outputs, under the names that
 * captures have: a job is then compared with whatever an endpoint is compared with.
 */
export class RowProfiler {
  readonly #columns: readonly CaptureColumn[];
  readonly #profiler = new Profiler();

  constructor(signature: Signature) {
    const spread = captureColumns(signature).filter(({ at }) => at !== undefined);
    this.#columns = [
      ...spread.filter(({ side }) => side === 'in').slice(0, MAX_COLUMNS),
      ...spread.filter(({ side }) => side === 'out').slice(0, MAX_COLUMNS),
    ];
  }

  add(rows: number, inputs: TensorOf, outputs: TensorOf): void {
    const columns = this.#columns.flatMap((column) => {
      const data = (column.side === 'in' ? inputs : outputs)(column.tensor);
      const isPerRow = data?.length === rows * (column.width as number);
      return isPerRow ? [columnOf(column, data, rows)] : [];
    });
    this.#profiler.update({ rows, columns });
  }

  toBytes(): Uint8Array {
    return Buffer.from(JSON.stringify(this.#profiler));
  }
}

function columnOf({ name, datatype, at, width }: CaptureColumn, data: TensorData, rows: number) {
  const place = { at: at as number, width: width as number };
  if (datatype !== 'BYTES' && datatype !== 'BOOL') return numericColumn(name, rows, data, place);
  const valueAt = (row: number): unknown => data[row * place.width + place.at];
  return textColumn(name, rows, datatype === 'BOOL' ? (row) => `${valueAt(row) === 1}` : valueAt);
}

function numericColumn(
  name: string,
  rows: number,
  data: TensorData,
  { at, width }: { readonly at: number; readonly width: number },
): Column {
  const values = new Float64Array(rows);
  for (let row = 0, i = at; row < rows; row++, i += width) values[row] = Number(data[i]);
  return { name, kind: 'numeric', values };
}

function textColumn(name: string, rows: number, valueAt: (row: number) => unknown): Column {
  const known = new Map<string, number>();
  const codes = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const text = String(valueAt(row));
    const code = known.get(text) ?? known.size;
    known.set(text, code);
    codes[row] = code;
  }
  return { name, kind: 'text', codes, categories: [...known.keys()] };
}
