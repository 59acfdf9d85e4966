import { execFileSync } from 'node:child_process';
import {
  closeSync,
  createReadStream,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteFile } from 'hyparquet-writer';
import { Profiler } from '#core/profile/profiler.ts';
import { Random } from '#core/random.ts';
import type { Table } from '#core/table/table.ts';
import type { DataFile } from '../functions/_shared/parquet-file.ts';
import { type FileForm, readDataFile } from '../functions/datasets/data-file.ts';
import { examineFile } from '../functions/datasets/examine.ts';
import { collectTable } from '../functions/datasets/read-table.ts';
import type { Dataset } from '../functions/datasets/schema.ts';
import { checkDataQuality } from '../functions/validation/checks/data-quality.ts';
import type { Examination } from '../functions/validation/examination.ts';

/**
 * Registers and reads 1,000,000 rows × 30 columns (`npm run bench -- datasets [csv|parquet] [rows]`),
 * with the file made by another process, so that the peak memory is that of reading.
 */
const [format = 'csv', rowsWanted = '1000000', step = 'measure'] = process.argv.slice(2);
const ROWS = Number(rowsWanted);
const NUMBERS = 24;
const TEXTS = 6;
const BLOCK = 8 * 2 ** 20;
const path = join(tmpdir(), `skiff-bench.${format}`);
process.env.DATA_BUCKET = 'bench';

if (step === 'write') {
  if (format === 'csv') writeCsv();
  else writeParquet();
  process.exit();
}
execFileSync(process.execPath, [import.meta.filename, format, rowsWanted, 'write']);
const file = fileAt(path);
const form = { format } as FileForm;
const before = peakMegabytes();
const plain = await timed('plain read', async () => {
  for await (const _ of file.read());
});
await timed('read as tables', () => readDataFile(file, form, { onTable: () => undefined }), plain);
await timed(
  'read and profile',
  async () => {
    const profiler = new Profiler();
    await readDataFile(file, form, { onTable: (table) => profiler.update(table) });
  },
  plain,
);
const examined = await timed(
  'register: digest, schema, profile',
  () => examineFile(file, form, undefined),
  plain,
);
const dataset = {
  name: 'bench',
  ...form,
  rows: ROWS,
  columns: examined.result.columns,
} as unknown as Dataset;
const sample = await timed(
  'readTable, a sample of 100,000',
  () => collectTable(dataset, file, { maxRows: 100_000, seed: 1 }),
  plain,
);
const whole = await timed('readTable, all', () => collectTable(dataset, file, { seed: 1 }), plain);
await timed(
  'data quality of the sample',
  () => checkDataQuality(examinationOf(sample.result)),
  plain,
);
await timed('data quality of all', () => checkDataQuality(examinationOf(whole.result)), plain);
console.log(`profile: ${(JSON.stringify(examined.result.profile).length / 1000).toFixed(0)} kB`);
console.log(`peak memory: ${peakMegabytes().toFixed(0)} MB, ${before.toFixed(0)} MB before`);
rmSync(path);

async function timed<T>(name: string, run: () => Promise<T>, base?: { seconds: number }) {
  const start = performance.now();
  const result = await run();
  const seconds = (performance.now() - start) / 1000;
  const speed = `${Math.round(ROWS / seconds / 1000).toLocaleString('en')} k rows/s`;
  const ratio = base ? `${(seconds / base.seconds).toFixed(1)}×` : '';
  const peak = `${peakMegabytes().toFixed(0)} MB`;
  console.log(
    `  ${name.padEnd(36)} ${seconds.toFixed(2).padStart(7)} s ${speed.padStart(16)} ${ratio.padStart(8)} ${peak.padStart(9)}`,
  );
  return { seconds, result };
}

function peakMegabytes(): number {
  return process.resourceUsage().maxRSS / 1024;
}

function fileAt(from: string): DataFile {
  const { size } = statSync(from);
  const descriptor = openSync(from, 'r');
  return {
    sizeBytes: size,
    read: (offset = 0, length = size) =>
      length > BLOCK
        ? createReadStream(from, { start: offset, end: offset + length - 1, highWaterMark: BLOCK })
        : piece(descriptor, offset, length),
  };
}

async function* piece(descriptor: number, offset: number, length: number) {
  const bytes = new Uint8Array(length);
  readSync(descriptor, bytes, 0, length, offset);
  yield bytes;
}

function examinationOf(table: Table): Examination {
  return {
    task: 'binary',
    version: { signature: {} },
    dataset: { name: 'bench', digest: '0', table, label: 't0', protectedAttributes: [] },
  } as unknown as Examination;
}

function writeCsv(): void {
  const random = new Random(1);
  const out = openSync(path, 'w');
  const names = [...Array(NUMBERS).keys()].map((i) => `x${i}`);
  writeSync(out, `${[...names, ...[...Array(TEXTS).keys()].map((i) => `t${i}`)].join(',')}\n`);
  for (let row = 0; row < ROWS; ) {
    const lines: string[] = [];
    for (let i = 0; i < 1000 && row < ROWS; i++, row++) lines.push(`${line(random)}\n`);
    writeSync(out, lines.join(''));
  }
  closeSync(out);
}

function line(random: Random): string {
  let text = '';
  for (let i = 0; i < NUMBERS; i++)
    text += `${i % 4 === 0 ? random.integer(1000) : random.normal()},`;
  for (let i = 0; i < TEXTS; i++) text += `${i > 0 ? ',' : ''}${textOf(random, i)}`;
  return text;
}

function textOf(random: Random, i: number): string {
  if (i === 0) return random.uniform() < 0.5 ? 'yes' : 'no';
  return `value ${random.integer(10 ** i)}`;
}

function writeParquet(): void {
  const random = new Random(1);
  const range = (n: number) => Array.from({ length: n }, (_, i) => i);
  const numbers = range(NUMBERS).map((i) => ({
    name: `x${i}`,
    type: 'DOUBLE' as const,
    data: Float64Array.from({ length: ROWS }, () =>
      i % 4 === 0 ? random.integer(1000) : random.normal(),
    ),
  }));
  const texts = range(TEXTS).map((i) => ({
    name: `t${i}`,
    type: 'STRING' as const,
    data: range(ROWS).map(() => textOf(random, i)),
  }));
  parquetWriteFile({ filename: path, columnData: [...numbers, ...texts], rowGroupSize: 100_000 });
}
