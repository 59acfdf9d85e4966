/*
 * Scores files as a worker of a batch job does, over bare `session.run` on the same rows and over a
 * plain script with pandas and onnxruntime, in processor time of one core. `node bench/batch.ts`,
 * optionally with the rows; SKIFF_PYTHON names the Python. `node bench/batch.ts memory` looks at the
 * worker's peak of memory only, up to 10 million rows.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Format } from '#core/batch/layout.ts';
import { ParquetWriter } from '#core/parquet/writer.ts';
import { createSession, toOnnx } from '#shared/onnx.ts';
import type { ServingVariant } from '#slices/deployments';
import { encoderOf } from '../functions/inference/batch/results.ts';
import { RowProfiler } from '../functions/inference/batch/row-profiler.ts';
import { PieceScorer } from '../functions/inference/batch/score-pieces.ts';
import { prepareTarget } from '../functions/inference/predict.ts';
import { createService } from '../functions/inference/service.ts';
import { WORKER_NODE_OPTIONS } from '../infra/worker-options.ts';
import { ENDPOINT, FEATURES, INPUT, MODEL, randomRows } from './model.ts';

const BATCH_ROWS = 4_096;
const GROUP_ROWS = 50_000;
const variant = ENDPOINT.variants[0] as ServingVariant;
const names = (variant.signature.features ?? []).map(({ name }) => name);

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Rows over and over; numbers as they stand in the sample. */
function writeFile(path: string, format: Format, rows: number): void {
  const some = randomRows(BATCH_ROWS);
  const file = openSync(path, 'w');
  const at = (row: number, column: number) =>
    some[(row % BATCH_ROWS) * FEATURES + column] as number;
  if (format === 'parquet') {
    const writer = new ParquetWriter((bytes) => gzipSync(bytes, { level: 1 }));
    for (let start = 0; start < rows; start += GROUP_ROWS) {
      const length = Math.min(GROUP_ROWS, rows - start);
      writer.write(
        names.map((name, column) => ({
          ...{ name, type: 'double' },
          values: Float64Array.from({ length }, (_, i) => at(start + i, column)),
        })),
      );
      writeSync(file, writer.take());
    }
    writeSync(file, writer.finish());
  } else {
    writeSync(file, `${names.join(',')}\n`);
    for (let start = 0; start < rows; start += BATCH_ROWS) {
      let text = '';
      for (let row = start; row < Math.min(rows, start + BATCH_ROWS); row++) {
        text += `${some.slice((row % BATCH_ROWS) * FEATURES, ((row % BATCH_ROWS) + 1) * FEATURES).join(',')}\n`;
      }
      writeSync(file, text);
    }
  }
  closeSync(file);
}

/** In a process of its own, so that the peak of memory is this part's. */
async function scoreFile(path: string, format: Format) {
  const target = prepareTarget(ENDPOINT, variant);
  const { sessions } = createService({
    fetchEndpoint: async () => ENDPOINT,
    fetchArtifact: async () => MODEL,
    warn: () => {},
    functionMegabytes: 1769,
  });
  const descriptor = openSync(path, 'r');
  const size = statSync(path).size;
  async function* read(offset = 0, length = size) {
    const step = 8 * 2 ** 20;
    for (let at = offset; at < offset + length; at += step) {
      const piece = Buffer.allocUnsafe(Math.min(step, offset + length - at));
      readSync(descriptor, piece, 0, piece.length, at);
      yield piece;
    }
  }
  const out = openSync(`${path}.out`, 'w');
  const start = cpuSeconds();
  const counts = await new PieceScorer({
    ...{ sessions, target, given: {}, pieces: [{ object: 0 }] },
    objects: [{ key: path, etag: '', size, format }],
    open: () => read,
    encoder: encoderOf('jsonl', target, false),
    profiler: new RowProfiler(variant.signature),
    results: { write: async (bytes) => void writeSync(out, bytes) },
    rejects: { write: async () => {} },
  }).run();
  const seconds = cpuSeconds() - start;
  if (counts.rejects > 0) throw new Error(`${counts.rejects} rows were refused`);
  return { seconds, peak: process.resourceUsage().maxRSS / 1024 };
}

async function runBare(rows: number) {
  const session = await createSession(MODEL);
  const data = Float32Array.from(randomRows(BATCH_ROWS));
  const start = cpuSeconds();
  for (let row = 0; row < rows; row += BATCH_ROWS) {
    const some = Math.min(BATCH_ROWS, rows - row);
    const part = data.subarray(0, some * FEATURES);
    await session.run({
      [INPUT]: toOnnx({ datatype: 'FP32', shape: [some, FEATURES], data: part }),
    });
  }
  return { seconds: cpuSeconds() - start, peak: process.resourceUsage().maxRSS / 1024 };
}

interface Measured {
  readonly seconds: number;
  readonly peak: number;
}

/** As workers are deployed. */
const inProcess = (...args: string[]): Measured => {
  const env = { ...process.env, NODE_OPTIONS: WORKER_NODE_OPTIONS };
  const command = [import.meta.filename, ...args];
  return JSON.parse(execFileSync(process.execPath, command, { encoding: 'utf8', env }));
};

function inPython(path: string, model: string): Measured | undefined {
  const script = join(import.meta.dirname, 'batch.py');
  const python = process.env.SKIFF_PYTHON ?? 'python3';
  const { status, stdout } = spawnSync(python, [script, path, model], { encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout) : undefined;
}

function report(what: string, rows: number, { seconds, peak }: Measured, bare: Measured): void {
  const speed = `${Math.round(rows / seconds)} rows/s`.padStart(16);
  const ratio = `${(seconds / bare.seconds).toFixed(2)}×`.padStart(7);
  console.log(`  ${what.padEnd(28)} ${speed} ${ratio}  peak ${peak.toFixed(0)} MB`);
}

function measureAll(sizes: readonly number[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'skiff-batch-'));
  const model = join(folder, 'model.onnx');
  writeFileSync(model, MODEL);
  for (const rows of sizes) {
    console.log(`Batch: ${rows} rows of ${FEATURES} columns, 300 trees of depth 6, one core`);
    const bare = inProcess('bare', `${rows}`);
    report('bare session.run', rows, bare, bare);
    for (const format of ['csv', 'parquet'] as const) {
      const path = join(folder, `rows.${format}`);
      writeFile(path, format, rows);
      report(format, rows, inProcess('score', path, format), bare);
      const python = inPython(path, model);
      if (python) report(`${format}, pandas`, rows, python, bare);
      else console.log('  pandas: not measured, SKIFF_PYTHON names no Python that has it');
    }
  }
  rmSync(folder, { recursive: true });
}

function measureMemory(sizes: readonly number[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'skiff-batch-'));
  for (const format of ['csv', 'parquet'] as const) {
    for (const rows of sizes) {
      const path = join(folder, `rows.${format}`);
      writeFile(path, format, rows);
      const { peak } = inProcess('score', path, format);
      console.log(`Batch: ${rows} rows, ${format}: peak ${peak.toFixed(0)} MB`);
    }
  }
  rmSync(folder, { recursive: true });
}

const [part = '', path = '', format = ''] = process.argv.slice(2);
if (part === 'bare') console.log(JSON.stringify(await runBare(Number(path))));
else if (part === 'score') console.log(JSON.stringify(await scoreFile(path, format as Format)));
else if (part === 'memory') measureMemory([100_000, 1_000_000, 10_000_000]);
else measureAll(part ? [Number(part)] : [100_000, 1_000_000]);
