import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import type { ParquetColumn } from '#core/parquet/pages.ts';
import { ParquetWriter } from '#core/parquet/writer.ts';
import { SAMPLE } from '../../../helpers/parquet-sample.ts';
import reference from '../../../references/capture/read.json' with { type: 'json' };

const gzip = (bytes: Uint8Array) => gzipSync(bytes);
const GZIP = (bytes: Uint8Array) => gunzipSync(bytes);
const bufferOf = (bytes: Uint8Array) => Uint8Array.from(bytes).buffer as ArrayBuffer;
const read = (bytes: Uint8Array) =>
  parquetReadObjects({ file: bufferOf(bytes), compressors: { GZIP } });

const written = (groups: readonly (readonly ParquetColumn[])[]) => {
  const writer = new ParquetWriter(gzip);
  for (const columns of groups) writer.write(columns);
  return writer.finish({ made: 'by skiff' });
};

/** What the columns hold, row by row, as hyparquet gives it. */
const rowsOf = (columns: readonly ParquetColumn[]) =>
  Array.from({ length: columns[0]?.values.length ?? 0 }, (_, row) =>
    Object.fromEntries(columns.map((column) => [column.name, valueAt(column, row)])),
  );

function valueAt(column: ParquetColumn, row: number): unknown {
  if (column.type === 'string') return column.values[row];
  if (column.present?.[row] === 0) return null;
  const value = column.values[row];
  if (column.type === 'boolean') return value === 1;
  return column.type === 'timestamp' ? new Date(Number(value)) : value;
}

/** As read.py writes values that JSON does not have. */
function asJson(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString().slice(0, -1);
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  if (typeof value !== 'bigint') return value;
  const size = value < 0n ? -value : value;
  return size > 2n ** 53n ? String(value) : Number(value);
}

describe('a Parquet file', () => {
  it('is read by pyarrow, pandas and DuckDB with every type, value and gap', () => {
    expect(reference.types).toEqual({
      ...{ flag: 'bool', small: 'int32', large: 'int64', unsigned: 'uint64' },
      ...{ at: 'timestamp[ms, tz=UTC]', single: 'float', double: 'double' },
      ...{ text: 'string', gone: 'string' },
    });
    expect([reference.rowGroups, reference.metadata]).toEqual([2, { made: 'by skiff' }]);
    for (const column of SAMPLE) {
      const rows = [...column.values.keys()];
      const values = rows.map((row) => asJson(valueAt(column, row)));
      expect(reference.columns[column.name as 'flag']).toEqual([...values, ...values]);
    }
  });

  it('is the one that they read', async () => {
    const sample = readFileSync(
      new URL('../../../references/capture/sample.parquet', import.meta.url),
    );
    const ours = written([SAMPLE, SAMPLE]);
    expect(await read(ours)).toEqual(await read(sample));
    expect(parquetMetadata(bufferOf(ours)).schema).toEqual(
      parquetMetadata(bufferOf(sample)).schema,
    );
  });

  const column = (rows: number) =>
    fc.oneof(
      fc
        .array(fc.option(fc.string({ unit: 'binary' }).map((s) => s.toWellFormed())), {
          minLength: rows,
          maxLength: rows,
        })
        .map((values): ParquetColumn => ({ name: 'c', type: 'string', values })),
      fc
        .tuple(
          fc.float64Array({ minLength: rows, maxLength: rows, noNaN: true }),
          fc.array(fc.nat(1), { minLength: rows, maxLength: rows }),
        )
        .map(
          ([values, present]): ParquetColumn => ({
            name: 'c',
            type: 'double',
            values,
            present: Uint8Array.from(present),
          }),
        ),
    );

  it('holds any texts and numbers with any gaps', async () => {
    const columns = fc.integer({ min: 1, max: 40 }).chain(column);
    await fc.assert(
      fc.asyncProperty(columns, async (made) => {
        expect(await read(written([[made]]))).toEqual(rowsOf([made]));
      }),
      { numRuns: 200 },
    );
  });

  it('holds thousands of rows and hundreds of columns', async () => {
    const wide = Array.from(
      { length: 300 },
      (_, i): ParquetColumn => ({
        name: `c${i}`,
        type: 'int32',
        values: Int32Array.from({ length: 20 }, (_, row) => row * i),
      }),
    );
    expect(await read(written([wide]))).toEqual(rowsOf(wide));
    const values = Float64Array.from({ length: 70_000 }, (_, row) => row);
    const long: ParquetColumn = { name: 'c', type: 'double', values };
    expect((await read(written([[long]]))).at(-1)).toEqual({ c: 69_999 });
  });
});
