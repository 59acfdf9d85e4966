/**
 * A drift report of 50 features, 100,000 reference rows against 100,000 current ones: from the
 * values, with the reference made ready before, and from profiles, beside scipy on the same values
 * where Python has it, in processor time. `node bench/drift.ts`, optionally with the rows; SKIFF_PYTHON names the
 * interpreter.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareSamples } from '#core/drift/compare.ts';
import { compareProfiles } from '#core/drift/compare-profiles.ts';
import type { ColumnMethod } from '#core/drift/result.ts';
import { numericSample } from '#core/drift/sample.ts';
import { BinCounts, edgesOf } from '#core/profile/bin-counts.ts';
import { profileTable } from '#core/profile/profiler.ts';
import { QuantileSketch } from '#core/profile/quantile-sketch.ts';
import type { ColumnProfile } from '#core/profile/schema.ts';
import { Random } from '#core/random.ts';

const FEATURES = 50;
const METHODS: ColumnMethod[] = ['kolmogorov-smirnov', 'wasserstein', 'psi', 'jensen-shannon'];
const rows = Number(process.argv[2] ?? 100_000);
const random = new Random(1);

/** Half of the features have moved, by up to a quarter of a standard deviation. */
const features = Array.from({ length: FEATURES }, (_, i) => {
  const shift = i % 2 === 0 ? 0 : i / 200;
  const draw = (by: number) => Float64Array.from({ length: rows }, () => by + random.normal());
  return { reference: draw(0), current: draw(shift) };
});

/** Of processor time, the least of three: what else the machine does counts less. */
const seconds = (run: () => void): number => {
  let best = Number.POSITIVE_INFINITY;
  for (let repeat = 0; repeat < 3; repeat++) {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1e6);
  }
  return best;
};

const ready = features.map(({ reference }) => numericSample(reference));
const both = features.map(
  ({ reference, current }) => [numericSample(reference), numericSample(current)] as const,
);
const report = (from: 'values' | 'presorted') => () => {
  for (const [i, { reference, current }] of features.entries()) {
    const first = from === 'values' ? numericSample(reference) : ready[i]!;
    const second = numericSample(current);
    for (const method of METHODS) compareSamples(first, second, { method });
  }
};

console.log(`Drift of ${FEATURES} features, ${rows} × ${rows} rows: ${METHODS.join(', ')}`);
const whole = seconds(report('values'));
console.log(`  from values            ${whole.toFixed(2)} s`);
console.log(`  reference made ready   ${seconds(report('presorted')).toFixed(2)} s`);

const counted = features.map(({ reference, current }) => {
  const sketch = new QuantileSketch();
  for (const value of reference) sketch.add(value);
  const edges = edgesOf(sketch);
  const profile = (values: Float64Array): ColumnProfile =>
    profileTable(
      { rows, columns: [{ name: 'x', kind: 'numeric', values }] },
      new Map([['x', edges]]),
    ).columns[0] as ColumnProfile;
  return { edges, current, profiles: [profile(reference), profile(current)] as const };
});
const counting = seconds(() => {
  for (const { edges, current } of counted) new BinCounts(edges).add(current);
});
const comparing = seconds(() => {
  for (const { profiles } of counted) {
    for (const method of METHODS) compareProfiles(...profiles, { method });
  }
});
console.log(
  `  from profiles          ${comparing.toFixed(3)} s, counting a window ${counting.toFixed(2)} s`,
);

compareWithScipy();

function compareWithScipy(): void {
  const folder = mkdtempSync(join(tmpdir(), 'skiff-drift-'));
  const path = join(folder, 'values.bin');
  const all = new Float64Array(FEATURES * 2 * rows);
  for (const [i, { reference, current }] of features.entries()) {
    all.set(reference, 2 * i * rows);
    all.set(current, (2 * i + 1) * rows);
  }
  writeFileSync(path, new Uint8Array(all.buffer));
  const python = process.env.SKIFF_PYTHON ?? 'python3';
  const script = join(import.meta.dirname, 'drift.py');
  const { status, stdout } = spawnSync(python, [script, path, `${rows}`, `${FEATURES}`], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  rmSync(folder, { recursive: true });
  if (status !== 0) {
    console.log(
      '  scipy                  not measured: SKIFF_PYTHON names no Python that has scipy',
    );
    return;
  }
  const scipy = JSON.parse(stdout) as Record<string, { seconds: number; scores: number[] }>;
  let total = 0;
  for (const method of METHODS) {
    const theirs = scipy[method]!;
    total += theirs.seconds;
    const own = seconds(() => {
      for (const [r, c] of both) compareSamples(r, c, { method });
    });
    const apart = both.map(([r, c], i) => {
      const score = compareSamples(r, c, { method })!.score;
      return Math.abs(score / theirs.scores[i]! - 1);
    });
    console.log(
      `  ${method.padEnd(22)} ${own.toFixed(2)} s once sorted, scipy ${theirs.seconds.toFixed(2)} s; scores differ by ${Math.max(...apart).toExponential(0)} of themselves at most`,
    );
  }
  console.log(
    `  scipy, all four        ${total.toFixed(2)} s: ${(total / whole).toFixed(1)}× the time from values`,
  );
}
