/**
 * A dataset of 1,000,000 rows × 30 columns registered, then every check of an examination on it with
 * 300 trees, each in a process of its own: rows per second and peak memory.
 * `npm run bench -- examine`, optionally with the number of rows.
 */
import { execFileSync } from 'node:child_process';
import { createReadStream, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '#core/random.ts';
import { takeRows } from '#core/table/table.ts';
import type { DataFile } from '../functions/_shared/parquet-file.ts';
import { examineFile } from '../functions/datasets/examine.ts';
import { collectTable } from '../functions/datasets/read-table.ts';
import type { Dataset } from '../functions/datasets/schema.ts';
import { checkArtifact } from '../functions/validation/checks/artifact.ts';
import { checkContract } from '../functions/validation/checks/contract.ts';
import { checkDataQuality } from '../functions/validation/checks/data-quality.ts';
import { checkExplainability } from '../functions/validation/checks/explainability.ts';
import { checkFairness } from '../functions/validation/checks/fairness.ts';
import { checkPerformance } from '../functions/validation/checks/performance.ts';
import { checkQuality } from '../functions/validation/checks/quality.ts';
import { checkRobustness } from '../functions/validation/checks/robustness.ts';
import type { Examination } from '../functions/validation/examination.ts';
import { findRefusals } from '../functions/validation/refused-rows.ts';
import { makeScorer } from '../functions/validation/scorer.ts';
import type { Sources } from '../functions/validation/sources.ts';
import { readExample } from '../local/examples.ts';
import { examinationOf } from '../test/helpers/examination.ts';
import { deployed } from '../test/helpers/examples.ts';

type Check = (
  examination: Examination,
  sources: Sources,
) => Promise<{ readonly status: string; readonly reason?: string }>;

/** Each with the rows that it looks at, as its handler has it. */
const CHECKS: Record<string, { check: Check; rows: number; accepted?: boolean }> = {
  artifact: { check: checkArtifact, rows: 0 },
  contract: { check: checkContract, rows: 100_000 },
  performance: { check: checkPerformance, rows: 10_000 },
  quality: { check: checkQuality, rows: 1_000_000, accepted: true },
  'data-quality': { check: checkDataQuality, rows: 1_000_000 },
  fairness: { check: checkFairness, rows: 1_000_000, accepted: true },
  robustness: { check: checkRobustness, rows: 10_000, accepted: true },
  explainability: { check: checkExplainability, rows: 20_000, accepted: true },
};

const [rowsWanted = '1000000', step = 'all'] = process.argv.slice(2);
const ROWS = Number(rowsWanted);
const path = join(tmpdir(), 'skiff-bench-examine.csv');
const BLOCK = 8 * 2 ** 20;
const example = readExample('boosted-trees');
process.env.DATA_BUCKET = 'bench';

if (step === 'all') runAll();
else if (step === 'write') writeCsv();
else await report(step, step === 'register' ? register : () => runCheck(step));

function runAll(): void {
  const run = (one: string) =>
    execFileSync(process.execPath, [import.meta.filename, rowsWanted, one], { stdio: 'inherit' });
  run('write');
  console.log(`${ROWS.toLocaleString('en')} rows × 30 columns, examined with 300 trees of depth 6`);
  for (const one of ['register', ...Object.keys(CHECKS)]) run(one);
  rmSync(path);
}

async function report(name: string, run: () => Promise<number>): Promise<void> {
  const start = performance.now();
  const rows = await run();
  const seconds = (performance.now() - start) / 1000;
  const speed = rows > 0 ? `${Math.round(rows / seconds).toLocaleString('en')} rows/s` : '';
  const peak = `peak ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`;
  console.log(
    `  ${name.padEnd(16)} ${seconds.toFixed(1).padStart(6)} s ${speed.padStart(16)}  ${peak}`,
  );
}

async function register(): Promise<number> {
  return (await examineFile(fileAt(path), { format: 'csv' }, undefined)).rows;
}

/** @returns rows that were read for it */
async function runCheck(name: string): Promise<number> {
  const { check, rows, accepted = false } = CHECKS[name] as (typeof CHECKS)[string];
  const table = rows > 0 ? await readRows(rows) : undefined;
  const own = deployed(example);
  const { examination, sources } = examinationOf(own, { ...(table && { table }), label: 'parity' });
  const scorer = await makeScorer(own.signature, own.model);
  const champion = await makeScorer(own.signature, own.model);
  const { dataset } = examination;
  const outcome = await check(
    {
      ...examination,
      task: 'binary',
      subject: scorer,
      champion: { version: 1, scorer: champion },
      dataset: dataset && {
        ...dataset,
        protectedAttributes: ['hand'],
        table: accepted ? acceptedRows(dataset.table) : dataset.table,
      },
    },
    sources,
  );
  await Promise.all([scorer.dispose(), champion.dispose()]);
  if (outcome.status !== 'completed') throw new Error(`${name}: ${outcome.reason}`);
  return table?.rows ?? 0;
}

function acceptedRows(table: Parameters<typeof takeRows>[0]) {
  const { accepted } = findRefusals(deployed(example).signature, table, ['parity', 'hand']);
  return accepted.length === table.rows ? table : takeRows(table, accepted);
}

function readRows(maxRows: number) {
  const columns = header()
    .split(',')
    .map((name) => ({
      name,
      kind: name === 'parity' || name === 'hand' ? ('text' as const) : ('numeric' as const),
    }));
  const dataset = { name: 'bench', format: 'csv', separator: ',', rows: ROWS, columns };
  return collectTable(dataset as unknown as Dataset, fileAt(path), { maxRows, seed: 1 });
}

function lines(): string[] {
  const [{ csv }] = example.datasets as [(typeof example.datasets)[number]];
  return Buffer.from(csv).toString('utf8').trim().split('\n');
}

function header(): string {
  return `${lines()[0]},hand`;
}

/** The example's rows over and over, one pixel changed in each. */
function writeCsv(): void {
  const random = new Random(1);
  const rows = lines().slice(1);
  const out = openSync(path, 'w');
  writeSync(out, `${header()}\n`);
  for (let written = 0; written < ROWS; ) {
    const block: string[] = [];
    for (let i = 0; i < 1000 && written < ROWS; i++, written++) {
      const cells = (rows[random.integer(rows.length)] as string).split(',');
      cells[random.integer(30)] = String(random.integer(17));
      block.push(`${cells.join(',')},${random.uniform() < 0.9 ? 'right' : 'left'}\n`);
    }
    writeSync(out, block.join(''));
  }
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
