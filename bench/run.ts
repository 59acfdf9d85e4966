import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchAuthorise } from './authorise.ts';
import { bundle } from './bundle.ts';
import { benchCold } from './cold.ts';
import { benchDeployed } from './deployed.ts';
import { benchScorer } from './scorer.ts';
import { benchWarm } from './warm.ts';

// In processes of their own: the peak of memory is the process's.
const run = (part: string, args: readonly string[] = []) =>
  execFileSync(process.execPath, [join(import.meta.dirname, `${part}.ts`), ...args], {
    stdio: 'inherit',
  });

const [part, ...args] = process.argv.slice(2);
if (part) {
  run(part, args);
  process.exit();
}

/** All benchmarks in one run; what they mean and their budgets are in docs/performance.md. */
console.log('Warm: the handler, metric line included, over bare session.run');
const warm = await benchWarm();
for (const result of warm) {
  const { rows, bareMicroseconds, handlerMicroseconds, ratio, capturedRatio, splitRatio } = result;
  console.log(
    `  ${`${rows}`.padStart(6)} rows  ${bareMicroseconds.toFixed(1).padStart(9)} µs  ${handlerMicroseconds.toFixed(1).padStart(9)} µs  ${ratio.toFixed(2)}×  ${capturedRatio.toFixed(2)}× captured  ${splitRatio.toFixed(2)}× with two variants`,
  );
}

const [{ handlerMicroseconds }] = warm as [(typeof warm)[number]];
console.log('\nAuthorisation of one request on the prediction path, over a warm one of one row');
for (const { caller, nanoseconds, bytes } of benchAuthorise()) {
  const time = `${nanoseconds.toFixed(0).padStart(5)} ns`;
  const ratio = (nanoseconds / 1000 / handlerMicroseconds).toFixed(3);
  console.log(`  ${caller.padEnd(26)} ${time}  ${ratio}×  ${bytes.toFixed(1).padStart(7)} bytes`);
}

console.log('\nScorer: 1,000,000 rows of 30 columns, over bare session.run');
for (const { model, bareMs, scorerMs, rowsPerSecond, peakMegabytes } of await benchScorer()) {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2).padStart(6)} s`;
  console.log(
    `  ${model.padEnd(26)} ${seconds(bareMs)} ${seconds(scorerMs)}  ${Math.round(rowsPerSecond)} rows/s, peak ${peakMegabytes.toFixed(0)} MB`,
  );
}

const cold = await benchCold();
console.log('\nCold: process start to first prediction, over the runtime alone');
console.log(`  runtime alone  ${cold.floor.total.toFixed(0)} ms`);
console.log(`  handler        ${cold.handler.total.toFixed(0)} ms  ${cold.ratio.toFixed(2)}×`);
console.log(`  with the SDK   ${cold.withSdk.total.toFixed(0)} ms  ${cold.sdkRatio.toFixed(2)}×`);
for (const [part, ms] of Object.entries(cold.handler.parts)) {
  console.log(`    ${part.padEnd(28)} ${ms.toFixed(1).padStart(6)} ms`);
}

console.log('\nBundles, minified and gzipped');
const folder = mkdtempSync(join(tmpdir(), 'skiff-bench-'));
for (const handler of globSync('functions/**/handlers/*.ts').sort()) {
  const { bytes, gzipped } = bundle(handler, join(folder, 'bundle.js'));
  const kb = (n: number) => `${(n / 1000).toFixed(0).padStart(5)} kB`;
  console.log(`  ${handler.replace('functions/', '').padEnd(44)} ${kb(bytes)} ${kb(gzipped)}`);
}
rmSync(folder, { recursive: true });

const deployed = await benchDeployed();
console.log('\nDeployed: one-row predictions through the local AWS, four clients');
if (deployed) {
  const { requestsPerSecond, p50, p99 } = deployed;
  console.log(
    `  ${requestsPerSecond.toFixed(0)} requests/s, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
  );
} else {
  console.log('  not measured: run `npm run demo` first, which leaves the local AWS running');
}

for (const one of [
  'datasets',
  'quality',
  'drift',
  'monitor',
  'examine',
  'batch',
  'stream',
  'edge',
]) {
  console.log('');
  run(one);
}
