import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { captureKey } from '#core/capture/keys.ts';
import { ParquetWriter } from '#core/parquet/writer.ts';
import { columnOf, type Table, textAt } from '#core/table/table.ts';
import { type CaptureQuery, readCaptures } from '../../../functions/traffic/captures.ts';
import { fakeS3 } from '../../helpers/fake-s3.ts';

process.env.DATA_BUCKET = 'data';
const s3 = fakeS3();
beforeEach(() => s3.reset());

const HOUR = Date.UTC(2026, 10, 25, 21);

interface Row {
  readonly at: number;
  readonly variant?: string;
  readonly version?: number;
  readonly age?: number | null;
  readonly job?: string | null;
}

/** Puts a file of rows where an instance would. */
function put(id: number, rows: readonly Row[]): void {
  const writer = new ParquetWriter((bytes) => gzipSync(bytes));
  const same = (value: string) => rows.map(() => value);
  writer.write([
    { name: 'prediction_id', type: 'string', values: rows.map((_, row) => `${id}.${row}`) },
    { name: 'row', type: 'int32', values: new Int32Array(rows.length) },
    { name: 'at', type: 'timestamp', values: BigInt64Array.from(rows, ({ at }) => BigInt(at)) },
    { name: 'revision', type: 'int32', values: new Int32Array(rows.length) },
    { name: 'variant', type: 'string', values: rows.map(({ variant = 'a' }) => variant) },
    { name: 'model', type: 'string', values: same('m') },
    { name: 'version', type: 'int32', values: Int32Array.from(rows, ({ version = 1 }) => version) },
    { name: 'latency_ms', type: 'double', values: new Float64Array(rows.length) },
    { name: 'unit', type: 'string', values: rows.map(() => null) },
    {
      name: 'in_age',
      type: 'float',
      values: Float32Array.from(rows, ({ age }) => age ?? 0),
      present: Uint8Array.from(rows, ({ age }) => Number(age !== null)),
    },
    { name: 'in_job', type: 'string', values: rows.map(({ job = 'cook' }) => job) },
    { name: 'in_id', type: 'int64', values: BigInt64Array.from(rows, (_, i) => BigInt(i)) },
    { name: 'out_yes', type: 'boolean', values: new Uint8Array(rows.length).fill(1) },
  ]);
  const file = { endpoint: 'e', variant: 'a', id: `01KAWWWWWWWWWWWWWWWWWWWWWW.${id}` };
  const key = captureKey({ ...file, at: rows[0]?.at as number, shadowed: false });
  s3.objects.set(`data/${key}`, writer.finish());
}

async function read(query: Partial<CaptureQuery> = {}): Promise<Table[]> {
  const tables: Table[] = [];
  const all = { endpoint: 'e', from: HOUR, to: HOUR + 3_600_000 };
  for await (const table of readCaptures({ ...all, ...query })) tables.push(table);
  return tables;
}
const idsOf = (tables: readonly Table[]) =>
  tables.flatMap((table) =>
    Array.from({ length: table.rows }, (_, row) =>
      textAt(columnOf(table, 'prediction_id') as never, row),
    ),
  );

describe('readCaptures', () => {
  it('gives numbers, texts and gaps by column, times in milliseconds', async () => {
    put(0, [
      { at: HOUR + 1, age: 41 },
      { at: HOUR + 2, age: null, job: null },
    ]);
    const [table] = await read();
    const column = (name: string) => columnOf(table as Table, name);
    expect(column('at')).toMatchObject({ values: Float64Array.of(HOUR + 1, HOUR + 2) });
    expect(column('in_age')).toMatchObject({ values: Float64Array.of(41, Number.NaN) });
    expect(column('in_id')).toMatchObject({ values: Float64Array.of(0, 1) });
    expect(column('in_job')).toMatchObject({ codes: Int32Array.of(0, -1), categories: ['cook'] });
    expect(column('out_yes')).toMatchObject({ kind: 'text', categories: ['true'] });
    expect(column('unit')).toMatchObject({ kind: 'text', codes: Int32Array.of(-1, -1) });
  });

  it('passes over what it cannot read, be it no Parquet or of other columns', async () => {
    put(0, [{ at: HOUR + 1 }]);
    const [key = ''] = [...s3.objects.keys()];
    const writer = new ParquetWriter((bytes) => gzipSync(bytes));
    writer.write([{ name: 'at', type: 'string', values: ['now'] }]);
    s3.objects.set(key.replace('.0.', '.1.'), writer.finish());
    s3.objects.set(key.replace('.0.', '.2.'), Buffer.from('no Parquet'));
    expect(idsOf(await read())).toEqual(['0.0']);
  });

  it('fails where it is not the file that cannot be read', async () => {
    put(0, [{ at: HOUR + 1 }]);
    s3.hooks.afterRead = () => {
      throw new Error('no network');
    };
    await expect(read()).rejects.toThrow('no network');
  });

  it('reads the files of the hours of a span, and their rows within it', async () => {
    for (let i = 0; i < 9; i++) put(i, [{ at: HOUR + i }, { at: HOUR + 60_000 + i }]);
    put(9, [{ at: HOUR - 1 }]);
    put(10, [{ at: HOUR + 3_600_000 }]);
    expect(idsOf(await read({ from: HOUR + 2, to: HOUR + 60_001 })).sort()).toEqual([
      ...['0.1', '2.0', '3.0', '4.0', '5.0', '6.0', '7.0', '8.0'],
    ]);
    const both = await read({ from: HOUR - 1, to: HOUR + 3_600_001 });
    expect(idsOf(both)).toHaveLength(20);
  });

  it('reads one variant, one version, or some columns only', async () => {
    put(0, [{ at: HOUR }, { at: HOUR, variant: 'b' }, { at: HOUR, version: 2 }]);
    expect(idsOf(await read({ variant: 'b' }))).toEqual(['0.1']);
    expect(idsOf(await read({ version: 2 }))).toEqual(['0.2']);
    expect(idsOf(await read({ variant: 'c' }))).toEqual([]);
    const [table] = await read({ columns: ['in_age'] });
    expect(table?.columns.map(({ name }) => name).filter((n) => /^(in|out)/.test(n))).toEqual([
      'in_age',
    ]);
  });
});
