/**
 * A monitor's look at a window of 1,000,000 rows × 50 features: from the raw captures, through the
 * code that a run uses, and from profiles of the window's parts; beside Evidently on the same files in
 * the same run, where Python has it. Processor time and peak memory, each in a process of its own.
 * `npm run bench -- monitor`, optionally with the rows; SKIFF_PYTHON names the interpreter.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { captureKey } from '#core/capture/keys.ts';
import type { ParquetColumn } from '#core/parquet/pages.ts';
import { ParquetWriter } from '#core/parquet/writer.ts';
import { Random } from '#core/random.ts';
import type { Look } from './monitor-look.ts';

const FEATURES = 50;
/** As a compacted file's row groups are. */
const ROWS_PER_FILE = 50_000;
const AT = Date.UTC(2026, 10, 26, 9);
const rows = Number(process.argv[2] ?? 1_000_000);
const folder = mkdtempSync(join(tmpdir(), 'skiff-monitor-'));
const random = new Random(1);

/** Half of the features have moved, by up to a quarter of a standard deviation. */
function captureFile(count: number, moved: boolean): Uint8Array {
  const text = (name: string, value: string): ParquetColumn => ({
    ...{ name, type: 'string', values: new Array(count).fill(value) },
  });
  const whole = (name: string, value: number): ParquetColumn => ({
    ...{ name, type: 'int32', values: new Int32Array(count).fill(value) },
  });
  const features = Array.from({ length: FEATURES }, (_, i): ParquetColumn => {
    const shift = moved && i % 2 === 1 ? i / 200 : 0;
    const values = Float32Array.from({ length: count }, () => shift + random.normal());
    return { name: `in_x${i}`, type: 'float', values };
  });
  const at = new BigInt64Array(count).fill(BigInt(AT));
  const facts = [text('prediction_id', '01M8APFX5Y3Z2P7PA6BCPH8PZ7'), whole('row', 0)];
  const more = [text('variant', 'live'), text('model', 'm'), whole('version', 1)];
  const writer = new ParquetWriter((bytes) => gzipSync(bytes));
  writer.write([...facts, { name: 'at', type: 'timestamp', values: at }, ...more, ...features]);
  return writer.finish();
}

function write(name: string, count: number, moved: boolean): void {
  const id = `01M8APFX5Y3Z2P7PA6BCPH8P${String(name).padStart(2, '0')}.0`;
  const about = { endpoint: moved ? 'window' : 'reference', at: AT, variant: 'live' };
  const path = join(folder, captureKey({ ...about, id, shadowed: false }));
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, captureFile(count, moved));
}

write('0', 100_000, false);
for (let i = 0; i * ROWS_PER_FILE < rows; i++) {
  write(`${i}`, Math.min(ROWS_PER_FILE, rows - i * ROWS_PER_FILE), true);
}

const look = (from: 'captures' | 'profiles'): Look =>
  JSON.parse(
    execFileSync(process.execPath, [join(import.meta.dirname, 'monitor-look.ts'), folder, from], {
      encoding: 'utf8',
    }),
  );

const line = (name: string, { seconds, megabytes }: Omit<Look, 'drifted'>) =>
  console.log(
    `  ${name.padEnd(22)} ${seconds.toFixed(2).padStart(7)} s  peak ${megabytes.toFixed(0).padStart(5)} MB`,
  );

console.log(`A monitor's window of ${rows} rows × ${FEATURES} features, reference of 100000 rows`);
const raw = look('captures');
line('from raw captures', raw);
const merged = look('profiles');
line('from profiles', merged);

const python = process.env.SKIFF_PYTHON ?? 'python3';
const script = join(import.meta.dirname, 'monitor.py');
const files = (endpoint: string) => join(folder, 'captures', endpoint);
const { status, stdout } = spawnSync(python, [script, files('reference'), files('window')], {
  encoding: 'utf8',
  maxBuffer: 2 ** 26,
});
if (status === 0) {
  const theirs: Look & { version: string } = JSON.parse(stdout.trim().split('\n').at(-1) as string);
  line(`Evidently ${theirs.version}`, theirs);
  const times = (a: number, b: number) => `${(a / b).toFixed(1)}×`;
  console.log(
    `  Evidently takes ${times(theirs.seconds, raw.seconds)} the time and ${times(theirs.megabytes, raw.megabytes)} the memory of raw captures, ${times(theirs.seconds, merged.seconds)} and ${times(theirs.megabytes, merged.megabytes)} of profiles`,
  );
  console.log(`  drifted features: ${raw.drifted}, ${merged.drifted}, Evidently ${theirs.drifted}`);
} else {
  console.log('  Evidently              not measured: SKIFF_PYTHON names no Python that has it');
}
rmSync(folder, { recursive: true });
