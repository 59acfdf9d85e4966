import type { SchemaElement } from 'hyparquet';
import type { ParquetColumn } from '#core/parquet/pages.ts';
import { isNothing } from '#shared/own-parquet.ts';

type Numbers = Extract<ParquetColumn, { present?: Uint8Array }>;

const STORES = {
  boolean: Uint8Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  timestamp: BigInt64Array,
  float: Float32Array,
  double: Float64Array,
} as const;

const TYPES: Readonly<Record<string, Numbers['type']>> = {
  BOOLEAN: 'boolean',
  INT32: 'int32',
  INT64: 'int64',
  'INT64 UINT_64': 'uint64',
  'INT64 TIMESTAMP_MILLIS': 'timestamp',
  FLOAT: 'float',
  DOUBLE: 'double',
};

/** Values as they were read, as a column to write again. */
export function toColumn(element: SchemaElement, values: readonly unknown[]): ParquetColumn {
  const { name, type, converted_type: meaning } = element;
  if (type === 'BYTE_ARRAY') {
    return { name, type: 'string', values: values.map((v) => (isNothing(v) ? null : String(v))) };
  }
  const kind = TYPES[meaning ? `${type} ${meaning}` : `${type}`] as Numbers['type'];
  const store = new STORES[kind](values.length) as unknown[] & Float64Array;
  const present = new Uint8Array(values.length);
  for (const [row, value] of values.entries()) {
    if (isNothing(value)) continue;
    present[row] = 1;
    (store as unknown[])[row] = value instanceof Date ? BigInt(value.getTime()) : value;
  }
  return { name, type: kind, values: store, present } as unknown as ParquetColumn;
}
