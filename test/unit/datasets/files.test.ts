import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Table } from '#core/table/table.ts';
import type { DataFile } from '#shared/parquet-file.ts';
import type { FileForm } from '../../../functions/datasets/data-file.ts';
import { readDataFile } from '../../../functions/datasets/data-file.ts';
import { checkDeclaration } from '../../../functions/datasets/declaration.ts';
import { DvcHash, parseDvc } from '../../../functions/datasets/dvc.ts';
import { examineFile } from '../../../functions/datasets/examine.ts';
import { findForm } from '../../../functions/datasets/form.ts';
import { collectTable } from '../../../functions/datasets/read-table.ts';
import type { Dataset } from '../../../functions/datasets/schema.ts';
import { cells } from '../../helpers/read-bytes.ts';

const references = new URL('../../references/data/', import.meta.url).pathname;
const bytesOf = (text: string) => Buffer.from(text);

/** Bytes in pieces of 1,000, counting how often they are read from the beginning. */
function fileOf(bytes: Uint8Array): DataFile & { readings: number } {
  const file = {
    sizeBytes: bytes.length,
    readings: 0,
    read: async function* (offset = 0, length = bytes.length) {
      if (offset === 0 && length === bytes.length) file.readings++;
      for (let at = offset; at < offset + length; at += 1000) {
        yield bytes.subarray(at, Math.min(at + 1000, offset + length));
      }
    },
  };
  return file;
}

async function readAll(bytes: Uint8Array, form: FileForm) {
  const tables: Table[] = [];
  const summary = await readDataFile(fileOf(bytes), form, { onTable: (t) => tables.push(t) });
  return { ...summary, rowsOf: tables.flatMap(cells) };
}

beforeAll(() => {
  process.env.DATA_BUCKET = 'data';
});

describe('a Parquet file', () => {
  it.each(['snappy', 'gzip', 'zstd', 'brotli'])(
    'that pandas wrote with %s holds what its CSV holds',
    async (codec) => {
      const parquet = await readAll(readFileSync(`${references}pandas-${codec}.parquet`), {
        format: 'parquet',
      });
      const csv = await readAll(readFileSync(`${references}pandas.csv`), { format: 'csv' });
      expect(parquet.columns).toEqual(csv.columns);
      expect(parquet.rowsOf).toEqual(csv.rowsOf);
      expect(parquet.rows).toBe(1000);
    },
  );

  it('is refused where it is damaged or nested', async () => {
    const good = readFileSync(`${references}pandas-zstd.parquet`);
    const cut = good.subarray(0, good.length - 9);
    await expect(readAll(cut, { format: 'parquet' })).rejects.toThrow(/^the Parquet file/);
    const damaged = Buffer.from(good);
    damaged.fill(0xff, 4, 4000);
    await expect(readAll(damaged, { format: 'parquet' })).rejects.toThrow(/^the Parquet file/);
    const nested = parquetWriteBuffer({
      columnData: [{ name: 'tags', data: [{ a: 1 }], type: 'JSON' }],
    });
    await expect(readAll(new Uint8Array(nested), { format: 'parquet' })).rejects.toThrow('"tags"');
  });

  it('has a column of texts where a whole number is beyond 2⁵³ in a later row group', async () => {
    const data = [...Array.from({ length: 50 }, (_, i) => BigInt(i)), 2n ** 60n];
    const bytes = parquetWriteBuffer({
      columnData: [{ name: 'id', data, type: 'INT64' }],
      rowGroupSize: 10,
    });
    const file = fileOf(new Uint8Array(bytes));
    const { columns, rows } = await examineFile(file, { format: 'parquet' }, undefined);
    expect([rows, columns]).toEqual([51, [{ name: 'id', kind: 'text' }]]);
  });

  it('does not hide that its object could not be read', async () => {
    const file: DataFile = {
      sizeBytes: 100,
      read: () => {
        throw new Error('the network is down');
      },
    };
    const reading = readDataFile(file, { format: 'parquet' }, { onTable: () => undefined });
    await expect(reading).rejects.toThrow('the network is down');
  });
});

describe('the form of a file', () => {
  const csv = bytesOf('a,b\n1,2\n');
  const jsonl = bytesOf('\ufeff {"a": 1}\n');
  it.each([
    [csv, undefined, { format: 'csv' }],
    [jsonl, undefined, { format: 'jsonl' }],
    [gzipSync(csv), 'x.csv.gz', { format: 'csv', compression: 'gzip' }],
    [gzipSync(jsonl), undefined, { format: 'jsonl', compression: 'gzip' }],
    [zstdCompressSync(jsonl), undefined, { format: 'jsonl', compression: 'zstd' }],
    [bytesOf('{"a"\n1\n'), 'odd.tsv', { format: 'csv' }],
    [bytesOf('PAR1'), 'x.csv', { format: 'parquet' }],
  ])('is found by its bytes and name: %#', async (bytes, name, form) => {
    expect(await findForm(fileOf(bytes), undefined, name)).toEqual(form);
  });

  it('is found from the beginning of a large packed file', async () => {
    const lines = Array.from({ length: 40_000 }, (_, i) => `{"x": ${Math.sin(i)}}`).join('\n');
    for (const bytes of [gzipSync(lines), zstdCompressSync(lines)]) {
      expect(bytes.length).toBeGreaterThan(65_536);
      expect((await findForm(fileOf(bytes), undefined, undefined)).format).toBe('jsonl');
    }
  });

  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const)('%s is unpacked, and refused where it is cut off', async (compression, pack) => {
    const packed = pack('a,b\n1,2\n');
    const form = { format: 'csv', compression } as const;
    expect((await readAll(packed, form)).rowsOf).toEqual([['1', '2']]);
    await expect(readAll(packed.subarray(0, -5), form)).rejects.toThrow(
      'damaged or ends too early',
    );
  });

  it('shows the line where an unpacked file is broken', async () => {
    const form = { format: 'csv', compression: 'gzip' } as const;
    await expect(readAll(gzipSync('a,b\n1\n'), form)).rejects.toThrow('line 2 has 1 fields');
  });
});

describe('examining a file', () => {
  const examine = (file: DataFile) => examineFile(file, { format: 'csv' }, undefined);

  it('reads it once, and twice where a column of numbers turns out to hold texts', async () => {
    const plain = fileOf(bytesOf('a;b\n1;x\n2;y\n'));
    const { digest, separator, profile } = await examine(plain);
    expect(digest).toBe(createHash('sha256').update('a;b\n1;x\n2;y\n').digest('hex'));
    expect([separator, profile.rows, plain.readings]).toEqual([';', 2, 1]);
    const late = `a\n${'1\n'.repeat(200_000)}x\n`;
    const file = fileOf(bytesOf(late));
    const found = await examine(file);
    expect([found.columns, file.readings]).toEqual([[{ name: 'a', kind: 'text' }], 2]);
    expect(found.digest).toBe(createHash('sha256').update(late).digest('hex'));
    expect(found.profile.columns[0]).toMatchObject({
      counts: {
        counts: [
          ['1', 200_000],
          ['x', 1],
        ],
        error: 0,
      },
    });
  });

  it('refuses a file without rows', async () => {
    await expect(examine(fileOf(bytesOf('a,b\n')))).rejects.toThrow('the file has no rows');
  });

  it('leads to the same rows for the same seed, and to the columns that are asked for', async () => {
    const text = `i,t\n${Array.from({ length: 500 }, (_, i) => `${i},t${i}`).join('\n')}\n`;
    const file = fileOf(bytesOf(text));
    const { rows, columns } = await examine(file);
    const dataset = { name: 'd', format: 'csv', rows, columns } as unknown as Dataset;
    const one = await collectTable(dataset, file, { maxRows: 20, seed: 5 });
    expect(cells(await collectTable(dataset, file, { maxRows: 20, seed: 5 }))).toEqual(cells(one));
    expect(one.rows).toBe(20);
    for (const [i, t] of cells(one)) expect(t).toBe(`t${i}`);
    const texts = await collectTable(dataset, file, { columns: ['t'], seed: 5 });
    expect([texts.rows, texts.columns.map(({ name }) => name)]).toEqual([500, ['t']]);
    const unknown = collectTable(dataset, file, { columns: ['u'], seed: 5 });
    await expect(unknown).rejects.toThrow('no column "u"');
  });
});

describe('a declaration', () => {
  it('names columns that exist, and a class that the label has', async () => {
    const file = fileOf(bytesOf('age,sex,target\n1,f,yes\n2,m,no\n'));
    const { profile } = await examineFile(file, { format: 'csv' }, undefined);
    const good = {
      label: 'target',
      positive: 'yes',
      features: { years: 'age' },
      protected: ['sex'],
    };
    expect(() => checkDeclaration(good, profile)).not.toThrow();
    const bad = {
      ...good,
      positive: 'y',
      features: { years: 'agee' },
      protected: ['sex', 'gender'],
    };
    expect(() => checkDeclaration(bad, profile)).toThrow(
      expect.objectContaining({
        fields: [
          {
            field: 'features.years',
            message: 'the file has no column "agee"; the nearest is "age"',
          },
          { field: 'protected[1]', message: expect.stringContaining('"gender"') },
          { field: 'positive', message: 'the column "target" has no "y", but no, yes' },
        ],
      }),
    );
  });
});

describe('a DVC pointer', () => {
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const dvc3 = (digest: string) =>
    `outs:\n- md5: ${digest}\n  size: 8\n  hash: md5\n  path: 'data set.csv'\nmeta:\n  md5: none\n`;

  it('is read as DVC writes it', () => {
    expect(parseDvc(`md5: ${md5('s')}\nfrozen: true\n${dvc3(md5('x'))}`)).toEqual({
      md5: md5('x'),
      size: 8,
      path: 'data set.csv',
      foldsLineEnds: false,
    });
  });

  it.each([
    ['', '0 outputs'],
    [`outs:\n- md5: ${'a'.repeat(32)}\n  path: a\n- path: b\n`, '2 outputs'],
    [`outs:\n- md5: ${'a'.repeat(32)}.dir\n  path: a\n`, 'a folder'],
    ['outs:\n- md5: abc\n  path: a\n', '32 hexadecimal digits'],
  ])('is refused where it stands for no file: %j', (text, message) => {
    expect(() => parseDvc(text)).toThrow(message);
  });

  const checked = (text: string, pointer: string) => {
    const hash = new DvcHash();
    hash.update(bytesOf(text));
    hash.check(parseDvc(pointer));
  };
  it('is held to the content, by the way of hashing of its version', () => {
    const crlf = 'a\r\n1\r\n';
    const dvc2 = `outs:\n- md5: ${md5('a\n1\n')}\n  path: a.csv\n`;
    expect(() => checked(crlf, dvc3(md5(crlf)))).not.toThrow();
    expect(() => checked(crlf, dvc2)).not.toThrow();
    expect(() => checked(crlf, dvc3(md5('a\n1\n')))).toThrow('stands for a file with the md5');
    expect(() => checked('other', dvc2)).toThrow('stands for a file with the md5');
  });
});
