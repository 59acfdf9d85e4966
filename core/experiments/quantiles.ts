import type { Interval } from '#core/figure.ts';
import { type QuantileSketch, RANK_ERROR } from '#core/profile/quantile-sketch.ts';
import { logBeta, times, tuning } from './mixtures.ts';

export interface QuantileTest {
  /** Such as 0.95 for the 95th percentile. */
  readonly share: number;
  readonly alpha: number;
  /** Observations per arm at which the interval is to be tightest; fixed before the first look. */
  readonly plannedPerArm: number;
  /** `ratio` wants positive values: 1.2 says that the treatment's quantile is a fifth higher. */
  readonly scale: 'difference' | 'ratio';
}

export interface QuantileComparison {
  readonly control: number | undefined;
  readonly treatment: number | undefined;
  /** Of treatment − control or treatment ÷ control; infinite where nothing can be said yet. */
  readonly interval: Interval;
}

/**
 * Difference or ratio of two arms' quantiles, valid at every look and for every distribution, ties
 * included: Howard and Ramdas, "Sequential estimation of quantiles with applications to A/B testing
 * and best-arm identification" (2022), theorem 5 with the beta-binomial mixture. The number of
 * values below a true quantile is binomial, and each arm's mixture gathers evidence against every
 * candidate; a pair of candidates is left out when both arms' evidence together reaches 1/α.
 *
 * Ranks are widened by what those of a sketch may be off (`rankError`, good in 99 of 100 sketches),
 * which is nothing while it still holds every value.
 */
export function compareQuantiles(
  control: QuantileSketch,
  treatment: QuantileSketch,
  test: QuantileTest,
): QuantileComparison {
  const toScale = test.scale === 'ratio' ? Math.log : (value: number) => value;
  const fromScale = test.scale === 'ratio' ? Math.exp : (value: number) => value;
  const [a, b] = [candidates(control, test, toScale), candidates(treatment, test, toScale)];
  const { lower, upper } = widest(a, b, -Math.log(test.alpha));
  return {
    control: control.quantile(test.share),
    treatment: treatment.quantile(test.share),
    interval: { lower: fromScale(lower), upper: fromScale(upper), level: 1 - test.alpha },
  };
}

/** Values that may be the true quantile, upwards, and the log evidence against each. */
interface Candidates {
  readonly values: readonly number[];
  readonly evidence: readonly number[];
  /** Where the evidence is least: it grows to both sides. */
  readonly best: number;
}

/** Stands for a quantile beyond all that was seen; differences of it stay ordered. */
const BEYOND = Number.MAX_VALUE;

function candidates(
  sketch: QuantileSketch,
  test: QuantileTest,
  toScale: (value: number) => number,
): Candidates {
  const { values, ranks } = sketch.cumulative();
  const n = sketch.count;
  const slack = values.length === n ? 0 : RANK_ERROR * n;
  const against = mixtureEvidence(n, test);
  const found = { values: [-BEYOND], evidence: [against(0, slack)] };
  for (let i = 0; i < values.length; i++) {
    const first = i === 0 ? 0 : (ranks[i - 1] as number);
    found.values.push(toScale(values[i] as number));
    found.evidence.push(against(first - slack, (ranks[i] as number) + slack));
  }
  found.values.push(BEYOND);
  found.evidence.push(against(n - slack, n));
  return { ...found, best: found.evidence.indexOf(Math.min(...found.evidence)) };
}

/**
 * Log evidence against a value that somewhere between `from` and `to` of the n values lie below
 * (ties may be broken either way): the least in that range, which lies next to n · share.
 */
function mixtureEvidence(n: number, { share, alpha, plannedPerArm }: QuantileTest) {
  const strength = Math.max(1, plannedPerArm / tuning(alpha) - 1);
  const [a, b] = [strength * share, strength * (1 - share)];
  const prior = logBeta(a, b);
  return (from: number, to: number): number => {
    const [low, high] = [Math.max(0, from), Math.min(n, to)];
    const below = Math.min(high, Math.max(low, n * share));
    const likelihood = times(below, Math.log(share)) + times(n - below, Math.log1p(-share));
    return logBeta(a + below, b + n - below) - prior - likelihood;
  };
}

/** Extreme differences b − a of the pairs whose evidence together stays below the limit. */
function widest(a: Candidates, b: Candidates, limit: number): { lower: number; upper: number } {
  let [lower, upper] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  a.values.forEach((value, i) => {
    const room = limit - (a.evidence[i] as number);
    if ((b.evidence[b.best] as number) >= room) return;
    upper = Math.max(upper, (b.values[last(b, room)] as number) - value);
    lower = Math.min(lower, (b.values[first(b, room)] as number) - value);
  });
  const open = BEYOND / 4;
  return {
    lower: lower < -open ? Number.NEGATIVE_INFINITY : lower,
    upper: upper > open ? Number.POSITIVE_INFINITY : upper,
  };
}

function last({ evidence, best }: Candidates, room: number): number {
  let [good, bad] = [best, evidence.length];
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if ((evidence[middle] as number) < room) good = middle;
    else bad = middle;
  }
  return good;
}

function first({ evidence, best }: Candidates, room: number): number {
  let [bad, good] = [-1, best];
  while (good - bad > 1) {
    const middle = (good + bad) >>> 1;
    if ((evidence[middle] as number) < room) good = middle;
    else bad = middle;
  }
  return good;
}
