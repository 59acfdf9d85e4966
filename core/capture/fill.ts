import type { ParquetColumn } from '../parquet/pages.ts';
import type { Datatype } from '../tensors/datatypes.ts';
import { encodeJson } from '../tensors/json-encode.ts';
import type { TensorData } from '../tensors/tensor.ts';
import type { CaptureColumn } from './columns.ts';

/** One request's rows of one tensor; undefined where it was not asked for. */
export interface TensorPart {
  readonly rows: number;
  readonly tensor: { readonly shape: readonly number[]; readonly data: TensorData } | undefined;
}

/** What stands for a value that nobody may see. */
export const MASKED = '***';

/** Longer lists are left out. */
export const MAX_LIST = 16_384;

/** The values of a column, request after request; what is missing or not a number is a gap. */
export function fillColumn(column: CaptureColumn, parts: readonly TensorPart[]): ParquetColumn {
  const { name, datatype } = column;
  if (column.at === undefined) return { name, type: 'string', values: lists(column, parts) };
  if (column.masked) return { name, type: 'string', values: masks(column, parts) };
  if (datatype === 'BYTES') return { name, type: 'string', values: texts(column, parts) };
  return numbers(column, parts);
}

const rowsOf = (parts: readonly TensorPart[]): number =>
  parts.reduce((sum, { rows }) => sum + rows, 0);

/** Where a part's values lie: data, position of the first, and the distance to the next row's. */
function place({ at, width }: CaptureColumn, { rows, tensor }: TensorPart) {
  const step = width as number;
  if (!tensor || tensor.data.length !== rows * step) return undefined;
  return { data: tensor.data, first: at as number, step };
}

const STORES = {
  boolean: Uint8Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float: Float32Array,
  double: Float64Array,
} as const;

const TYPES: Readonly<Record<Exclude<Datatype, 'BYTES'>, keyof typeof STORES>> = {
  BOOL: 'boolean',
  INT8: 'int32',
  INT16: 'int32',
  INT32: 'int32',
  UINT8: 'int32',
  UINT16: 'int32',
  UINT32: 'int64',
  INT64: 'int64',
  UINT64: 'uint64',
  FP16: 'float',
  BF16: 'float',
  FP32: 'float',
  FP64: 'double',
};

function numbers(column: CaptureColumn, parts: readonly TensorPart[]): ParquetColumn {
  const type = TYPES[column.datatype as Exclude<Datatype, 'BYTES'>];
  const rows = rowsOf(parts);
  const values = new STORES[type](rows) as Float64Array;
  const present = new Uint8Array(rows).fill(1);
  const convert = column.datatype === 'UINT32' ? BigInt : undefined;
  let [row, gaps] = [0, 0];
  for (const part of parts) {
    const found = place(column, part);
    for (let r = 0; r < part.rows; r++, row++) {
      const value = found?.data[found.first + r * found.step] as number | undefined;
      if (value === undefined || Number.isNaN(value)) {
        present[row] = 0;
        gaps++;
      } else values[row] = convert ? (convert(value) as unknown as number) : value;
    }
  }
  const made = { name: column.name, type, values, ...(gaps > 0 && { present }) };
  return made as unknown as ParquetColumn;
}

function texts(column: CaptureColumn, parts: readonly TensorPart[]): (string | null)[] {
  return parts.flatMap((part) => {
    const found = place(column, part);
    return Array.from({ length: part.rows }, (_, r) =>
      found ? (found.data[found.first + r * found.step] as string) : null,
    );
  });
}

function masks(column: CaptureColumn, parts: readonly TensorPart[]): (string | null)[] {
  return parts.flatMap((part) => {
    const found = place(column, part);
    return Array.from({ length: part.rows }, (_, r) => {
      const value = found?.data[found.first + r * found.step];
      return value === undefined || Number.isNaN(value) ? null : MASKED;
    });
  });
}

function lists(column: CaptureColumn, parts: readonly TensorPart[]): (string | null)[] {
  return parts.flatMap(({ rows, tensor }) => {
    const width = tensor ? tensor.data.length / rows : 0;
    if (!tensor || !Number.isInteger(width) || width > MAX_LIST) return nulls(rows);
    if (column.masked) return Array.from({ length: rows }, () => MASKED);
    return Array.from({ length: rows }, (_, r) =>
      encodeJson(column.datatype, tensor.data.slice(r * width, (r + 1) * width) as TensorData),
    );
  });
}

const nulls = (rows: number): null[] => Array.from({ length: rows }, () => null);
