import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { parquetReadObjects } from 'hyparquet';
import { ParquetWriter } from '#core/parquet/writer.ts';
import { Profiler, profileTable } from '#core/profile/profiler.ts';
import type { NumericProfile, Profile } from '#core/profile/schema.ts';
import { readExample } from '../../../../local/examples.ts';
import { deployed } from '../../../helpers/examples.ts';
import {
  answersIn,
  csvOf,
  jsonLines,
  overHttp,
  type Row,
  score,
} from '../../../helpers/score-file.ts';
import { columnFrom } from '../../../helpers/tables.ts';
import { echoModel } from '../../../helpers/tiny-model.ts';

describe.each(['penguins', 'breast-cancer', 'wages', 'diabetes', 'boosted-trees'])(
  'the example %s',
  (name) => {
    const example = readExample(name);
    const model = deployed(example);
    const names = (model.signature.features ?? []).map((feature) => feature.name);
    const rows = Array.from({ length: 90 }, () => example.expected.rows as Row[])
      .flat()
      .slice(0, 900);

    it('answers in batch what it answers over HTTP, to the last character', async () => {
      const wanted = await overHttp(model, rows);
      expect(wanted).toHaveLength(rows.length);
      expect(answersIn((await score(model, csvOf(rows, names))).text)).toEqual(wanted);
      const jsonl = { object: { format: 'jsonl' as const } };
      expect(answersIn((await score(model, jsonLines(rows), jsonl)).text)).toEqual(wanted);
    });

    it('answers so from Parquet', async () => {
      const texts = names.filter((n) => rows.some((row) => typeof row[n] === 'string'));
      const writer = new ParquetWriter((bytes) => gzipSync(bytes));
      for (const part of [rows.slice(0, 500), rows.slice(500)]) {
        writer.write(
          names.map((n) =>
            texts.includes(n)
              ? { name: n, type: 'string', values: part.map((row) => (row[n] as string) ?? null) }
              : {
                  ...{ name: n, type: 'double' },
                  values: Float64Array.from(part, (row) => (row[n] as number) ?? Number.NaN),
                },
          ),
        );
      }
      const { text } = await score(model, writer.finish(), { object: { format: 'parquet' } });
      expect(answersIn(text)).toEqual(await overHttp(model, rows));
    });
  },
);

const model = echoModel([
  { name: 'numbers', datatype: 'FP32', shape: ['N', 2] },
  { name: 'job', datatype: 'BYTES', shape: ['N', 1] },
]);
const feature = { type: 'number', input: 'numbers', nullable: false } as const;
model.signature.features = [
  { ...feature, name: 'age', column: 0, min: 0, max: 120 },
  { ...feature, name: 'size', column: 1, nullable: true },
  { ...feature, name: 'job', type: 'string', input: 'job', column: 0, nullable: true },
];

const outputs = (lines: readonly string[]) => lines.map((line) => JSON.parse(line).outputs);

describe('a file', () => {
  const csv = 'id,age,size,job\nr1,41,1.5,"nurse, night"\nr2,42,,cook\n';
  const answers = [
    { numbers_out: [41, 1.5], job_out: 'nurse, night' },
    { numbers_out: [42, null], job_out: 'cook' },
  ];

  it('keeps its order, and its keys where one is named', async () => {
    const { text, counts } = await score(model, csv, { key: 'id' });
    expect(counts).toEqual({ rows: 2, results: 2, rejects: 0 });
    expect(text.map((line) => JSON.parse(line))).toMatchObject([
      { object: 0, row: 1, key: 'r1', modelVersion: 7 },
      { object: 0, row: 2, key: 'r2' },
    ]);
    expect(outputs(text)).toEqual(answers);
  });

  it('may have no header, another separator, another encoding', async () => {
    const bare = await score(model, '41;1.5;café\n42;;"a;b"\n');
    expect(outputs(bare.text).map(({ job_out }) => job_out)).toEqual(['café', 'a;b']);
    const named = await score(model, 'café\t41\n', {
      given: { separator: '\t', columns: ['job', 'age'] },
    });
    expect(outputs(named.text)[0].job_out).toBe('café');
    const latin = await score(model, Buffer.from('41,1,café\n', 'latin1'));
    expect(outputs(latin.text)[0].job_out).toBe('café');
    const wide = Buffer.concat([
      Buffer.of(0xff, 0xfe),
      Buffer.from('age,job,size\n41,café,1\n', 'utf16le'),
    ]);
    expect(outputs((await score(model, wide)).text)[0].job_out).toBe('café');
    const marked = await score(model, `\ufeff${csv}`);
    expect(marked.counts.results).toBe(2);
  });

  it('may be compressed', async () => {
    const plain = (await score(model, csv)).text;
    const gzip = { object: { compression: 'gzip' as const } };
    const zstd = { object: { compression: 'zstd' as const } };
    expect((await score(model, gzipSync(csv), gzip)).text).toEqual(plain);
    expect((await score(model, zstdCompressSync(csv), zstd)).text).toEqual(plain);
    await expect(score(model, gzipSync(csv).subarray(0, 30), gzip)).rejects.toThrow(
      '"f": the gzip file is damaged or ends too early',
    );
  });

  it('is refused where it lacks a column', async () => {
    await expect(score(model, 'size,job\n1,x\n')).rejects.toThrow(
      '"f": it has no column "age", which the model needs',
    );
    await expect(score(model, csv, { key: 'ID' })).rejects.toThrow('no column "ID"');
  });
});

describe('the profile of a file', () => {
  const line = (i: number) => `${i % 90},${i % 4 ? i / 8 : ''},${['nurse', 'cook', ''][i % 3]}\n`;
  const lines = Array.from({ length: 10_000 }, (_, i) => line(i));
  const profileOf = async (from: number, to: number) =>
    (await score(model, `age,size,job\n${lines.slice(from, to).join('')}`)).profile;

  it('is that of the same columns as they stand in it, and of the answers', async () => {
    const { rows, columns } = await profileOf(0, lines.length);
    const sizes = lines
      .map((text) => text.split(',')[1])
      .map((text) => (text ? Number(text) : NaN));
    const jobs = lines.map((text) => text.trim().split(',')[2] ?? '');
    const expected = profileTable({
      rows: lines.length,
      columns: [
        columnFrom(
          'in_age',
          Array.from(lines, (_, i) => i % 90),
        ),
        columnFrom('in_size', sizes),
        columnFrom('in_job', jobs),
      ],
    });
    expect(rows).toBe(lines.length);
    const only = (names: readonly string[], of: Profile['columns']) =>
      of
        .filter(({ name }) => names.includes(name))
        .map(({ name, count, missing, distinct }) => ({ name, count, missing, distinct }));
    const inputs = ['in_age', 'in_size', 'in_job'];
    expect(only(inputs, columns)).toEqual(only(inputs, expected.columns));
    expect(columns.map(({ name }) => name)).toEqual([
      ...inputs,
      ...['out_numbers_out_0', 'out_numbers_out_1', 'out_job_out'],
    ]);
    const [inAge, , , outAge] = columns as NumericProfile[];
    expect({ ...outAge, name: 'in_age' }).toEqual(inAge);
  });

  it('is the sum of the profiles of its parts, and of the rows with a result only', async () => {
    const parts = [await profileOf(0, 3000), await profileOf(3000, lines.length)];
    const [a, b] = parts.map((part) => Profiler.from(part)) as [Profiler, Profiler];
    const exact = ({ columns }: Profile) =>
      columns.map(({ name, count, missing, distinct }) => [name, count, missing, distinct]);
    expect(exact(a.merge(b).toJSON())).toEqual(exact(await profileOf(0, lines.length)));
    const refused = await score(model, 'age,size,job\n41,1,a\nold,1,b\n');
    expect([refused.profile.rows, refused.counts.rejects]).toEqual([1, 1]);
  });
});

describe('rows that cannot be scored', () => {
  it('go to the rejects with line, reason and text; the others are scored', async () => {
    const file =
      'age,size,job\n41,1,a\nold,1,b\n130,1,c\n\n42,1\n43,1,"d\nd",e\n44,"x"y,f\n,1,g\n45,1e2,"h\nh"\n46,1,"open\n';
    const { counts, rejects, text } = await score(model, file);
    expect(counts).toEqual({ rows: 9, results: 2, rejects: 7 });
    expect(rejects).toEqual([
      { object: 0, row: 2, line: 3, reason: 'age: "old" is not a number', raw: 'old,1,b' },
      { object: 0, row: 3, line: 4, reason: 'age: must be between 0 and 120', raw: '130,1,c' },
      { object: 0, row: 4, line: 6, reason: 'it has 2 fields, not 3', raw: '42,1' },
      { object: 0, row: 5, line: 7, reason: 'it has more than 3 fields', raw: '43,1,"d\nd",e' },
      {
        object: 0,
        row: 6,
        line: 9,
        reason: 'it has something behind a closing quote',
        raw: '44,"x"y,f',
      },
      {
        object: 0,
        row: 7,
        line: 10,
        reason: 'age: is missing, and the model needs it',
        raw: ',1,g',
      },
      { object: 0, row: 9, line: 13, reason: 'a quote in it is never closed', raw: '46,1,"open' },
    ]);
    expect(outputs(text).map(({ job_out }) => job_out)).toEqual(['a', 'h\nh']);
  });

  it('are told apart in JSON Lines too', async () => {
    const file = '{"age": 1, "other": [1]}\n[1]\n{"age": "1"}\n{"age"\n';
    const { rejects, counts } = await score(model, file, { object: { format: 'jsonl' } });
    expect(counts).toEqual({ rows: 4, results: 1, rejects: 3 });
    expect(rejects.map(({ reason }) => reason)).toEqual([
      'it is not a JSON object',
      'age: "1" is not a number',
      'it is not JSON',
    ]);
  });
});

describe('results', () => {
  const example = readExample('penguins');
  const penguins = deployed(example);
  const rows = example.expected.rows as Row[];
  const names = (penguins.signature.features ?? []).map(({ name }) => name);

  it('say the same in CSV and in Parquet as in JSON Lines', async () => {
    const file = csvOf(rows, names);
    const jsonl = (await score(penguins, file)).text.map((line) => JSON.parse(line));
    const { results } = await score(penguins, file, { output: 'parquet' });
    const found = await parquetReadObjects({
      file: new Uint8Array(results).buffer,
      compressors: { GZIP: (bytes: Uint8Array) => gunzipSync(bytes) },
    });
    const probabilities = (of: (name: string) => unknown) =>
      Object.keys(jsonl[0].probabilities).map((name) => of(`probability_${name}`));
    expect(
      found.map((row) => [
        Number(row.row),
        row.label,
        row.model_version,
        ...probabilities((name) => row[name]),
      ]),
    ).toEqual(
      jsonl.map((row) => [
        row.row,
        row.label,
        row.modelVersion,
        ...(Object.values(row.probabilities) as number[]),
      ]),
    );
    const [header = '', ...lines] = (await score(penguins, file, { output: 'csv' })).text;
    const columns = header.split(',');
    expect(
      lines.map((line) => {
        const values = new Map(line.split(',').map((value, i) => [columns[i], value]));
        return [values.get('label'), ...probabilities((name) => Number(values.get(name)))];
      }),
    ).toEqual(jsonl.map((row) => [row.label, ...(Object.values(row.probabilities) as number[])]));
  });
});

describe('a model whose every column may be missing', () => {
  const lenient = echoModel([{ name: 'x', datatype: 'FP32', shape: ['N', 1] }]);
  lenient.signature.features = [
    { name: 'x', type: 'number', input: 'x', column: 0, nullable: true },
  ];

  it('scores no row that has none of them, in a request or in a file', async () => {
    const rows = [{ x: 1 }, { y: 2 }, { x: null }];
    const jsonl = { object: { format: 'jsonl' as const } };
    const { counts, rejects } = await score(lenient, jsonLines(rows), jsonl);
    expect(counts).toMatchObject({ rows: 3, results: 2, rejects: 1 });
    expect(rejects).toMatchObject([{ row: 2, reason: 'it has none of the columns of the model' }]);
    const given = { given: { header: true } };
    const strange = score(lenient, 'y,z\n2,3\n', given);
    await expect(strange).rejects.toThrow('it has none of the columns of the model');
    expect(answersIn((await score(lenient, 'y,x\n2,\n')).text)).toHaveLength(1);
  });
});
