import type { ParquetColumn } from '#core/parquet/pages.ts';

/** One column of each type, with gaps; two row groups of it lie in test/references/capture. */
export const SAMPLE: ParquetColumn[] = [
  { name: 'flag', type: 'boolean', values: Uint8Array.of(1, 0, 1, 1, 0, 0, 1, 0, 1) },
  {
    name: 'small',
    type: 'int32',
    values: Int32Array.of(1, -2, 3, 0, 2147483647, -2147483648, 7, 8, 9),
    present: Uint8Array.of(1, 1, 1, 0, 1, 1, 1, 1, 1),
  },
  {
    name: 'large',
    type: 'int64',
    values: BigInt64Array.of(1n, -1n, 2n ** 53n + 1n, 4n, 5n, 6n, 7n, 8n, -(2n ** 63n)),
  },
  {
    name: 'unsigned',
    type: 'uint64',
    values: BigUint64Array.of(0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 2n ** 64n - 1n),
  },
  {
    name: 'at',
    type: 'timestamp',
    values: BigInt64Array.from({ length: 9 }, (_, i) => 1_795_642_200_123n + BigInt(i)),
  },
  {
    name: 'single',
    type: 'float',
    values: Float32Array.of(0.1, -0, 1e-30, 3.4e38, 5, 6, 7, Number.POSITIVE_INFINITY, 9),
    present: Uint8Array.of(1, 1, 1, 1, 0, 0, 1, 1, 1),
  },
  { name: 'double', type: 'double', values: Float64Array.from({ length: 9 }, (_, i) => i / 3) },
  {
    name: 'text',
    type: 'string',
    values: ['a', null, '', 'größer', '😀', null, 'x'.repeat(300), '"', '\n'],
  },
  { name: 'gone', type: 'string', values: new Array<null>(9).fill(null) },
];
