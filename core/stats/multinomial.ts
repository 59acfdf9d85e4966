import type { Random } from '#core/random.ts';
import { logChoose } from './gamma.ts';

/** Draws a number of successes: waiting times for few, Hörmann's BTRS (1993) for many. */
export function drawBinomial(random: Random, trials: number, probability: number): number {
  if (probability > 0.5) return trials - drawBinomial(random, trials, 1 - probability);
  if (probability <= 0) return 0;
  return trials * probability < 10
    ? byWaiting(random, trials, probability)
    : byRejection(random, trials, probability);
}

/** Counts the geometric waiting times that fit into the trials. */
function byWaiting(random: Random, trials: number, probability: number): number {
  const logFailure = Math.log1p(-probability);
  let successes = -1;
  for (let trial = 0; trial <= trials; successes++) {
    trial += Math.floor(Math.log(1 - random.uniform()) / logFailure) + 1;
  }
  return successes;
}

/** Transformed rejection with squeeze, for trials × probability ≥ 10 and probability ≤ ½. */
function byRejection(random: Random, n: number, p: number): number {
  const deviation = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const acceptAtOnce = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * deviation;
  const mode = Math.floor((n + 1) * p);
  for (;;) {
    const u = random.uniform() - 0.5;
    const v = random.uniform();
    const fromEdge = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / fromEdge + b) * u + n * p + 0.5);
    if (fromEdge >= 0.07 && v <= acceptAtOnce) return k;
    if (k < 0 || k > n) continue;
    const logRatio =
      logChoose(n, k) - logChoose(n, mode) + (k - mode) * (Math.log(p) - Math.log1p(-p));
    if (Math.log((v * alpha) / (a / (fromEdge * fromEdge) + b)) <= logRatio) return k;
  }
}

/**
 * Draws as many observations as there are, with replacement, and counts them by kind: what a
 * bootstrap does to a table of counts, in time that does not depend on the observations.
 *
 * @param into takes the counts; as long as `counts`
 */
export function resampleCounts(
  random: Random,
  counts: ArrayLike<number>,
  into: { [kind: number]: number },
): void {
  let observed = 0;
  for (let kind = 0; kind < counts.length; kind++) observed += counts[kind] as number;
  let left = observed;
  for (let kind = 0; kind < counts.length; kind++) {
    const count = counts[kind] as number;
    const drawn = count === 0 ? 0 : drawBinomial(random, left, Math.min(1, count / observed));
    into[kind] = drawn;
    left -= drawn;
    observed -= count;
  }
}
