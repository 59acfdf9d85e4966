/**
 * What the methods of drift promise, counted: false alarms on windows without drift and how often a
 * shift of a known size is found. `node bench/power.ts`, optionally with the number of windows.
 */
import { compareSamples } from '#core/drift/compare.ts';
import type { ColumnMethod } from '#core/drift/result.ts';
import { type NumericSample, numericSample } from '#core/drift/sample.ts';
import { learnDriftThreshold } from '#core/monitoring/thresholds.ts';
import { Random } from '#core/random.ts';

const WINDOWS = Number(process.argv[2] ?? 1000);
const SHIFTS = [0, 0.1, 0.2, 0.3, 0.5, 0.8];
const TESTS: ColumnMethod[] = ['kolmogorov-smirnov', 'cramer-von-mises', 'anderson-darling'];
const DISTANCES: ColumnMethod[] = ['wasserstein', 'energy-distance', 'psi', 'jensen-shannon'];
const SIZES = [
  { reference: 1000, window: 200 },
  { reference: 5000, window: 1000 },
];

const random = new Random(1);
const draw = (rows: number, shift = 0) =>
  Float64Array.from({ length: rows }, () => shift + random.normal());

/** Share of windows in which drift is found; each has a reference of its own for tests. */
function power(
  method: ColumnMethod,
  threshold: number,
  shift: number,
  size: (typeof SIZES)[number],
  fixed?: NumericSample,
) {
  let found = 0;
  for (let window = 0; window < WINDOWS; window++) {
    const reference = fixed ?? numericSample(draw(size.reference));
    const current = numericSample(draw(size.window, shift));
    if (compareSamples(reference, current, { method, threshold })?.drifted) found++;
  }
  return found / WINDOWS;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`.padStart(8);

for (const size of SIZES) {
  console.log(
    `\nReference of ${size.reference} rows, windows of ${size.window}; shift in standard deviations`,
  );
  console.log(
    `| method | decided at | ${SHIFTS.map((s) => (s === 0 ? 'no shift' : s)).join(' | ')} |`,
  );
  console.log(`| --- | --- | ${SHIFTS.map(() => '---:').join(' | ')} |`);
  for (const method of TESTS) {
    const shares = SHIFTS.map((shift) => percent(power(method, 0.05, shift, size)));
    console.log(`| ${method} | p < 0.05 | ${shares.join(' | ')} |`);
  }
  const values = draw(size.reference);
  for (const method of DISTANCES) {
    const learned = learnDriftThreshold({ name: 'x', kind: 'numeric', values }, size.window, {
      random,
      method,
    });
    for (const threshold of [0.1, learned ?? 0.1]) {
      const shares = SHIFTS.map((s) =>
        percent(power(method, threshold, s, size, numericSample(values))),
      );
      const label = threshold === 0.1 ? '0.1' : `${threshold.toFixed(3)}, learned`;
      console.log(`| ${method} | ${label} | ${shares.join(' | ')} |`);
    }
  }
}
