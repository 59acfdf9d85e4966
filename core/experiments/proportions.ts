import type { Interval } from '#core/figure.ts';
import { type Comparison, edge } from './comparison.ts';
import { betaMixture, times } from './mixtures.ts';

/** How often something happened, such as errors among requests. */
export interface Counts {
  readonly successes: number;
  readonly trials: number;
}

/**
 * Always-valid interval of one proportion, exact for every size and rate: the rates against which
 * a beta mixture has not gathered evidence 1/α (Robbins 1970; Howard et al. 2021, section 3.3).
 */
export function proportionInterval(counts: Counts, alpha: number): Interval {
  const { successes, trials } = counts;
  const failures = trials - successes;
  const mixture = betaMixture(successes, failures);
  const holds = (rate: number) =>
    mixture - logLikelihood(successes, failures, rate) < -Math.log(alpha);
  const rate = trials === 0 ? 0.5 : successes / trials;
  return {
    lower: holds(0) ? 0 : edge(rate, 0, holds),
    upper: holds(1) ? 1 : edge(rate, 1, holds),
    level: 1 - alpha,
  };
}

/**
 * Difference of two proportions, exact for every size, rate and order of arrival, however traffic
 * was split and whenever it is looked at: the evidence is what two beta mixtures, one for each arm,
 * say better of the data than any pair of rates with that difference could (universal inference:
 * Wasserman, Ramdas, Balakrishnan 2020; for tables of two by two, Turner and Grünwald 2023). The
 * price of being exact is an interval about half as wide again as the asymptotic one in means.ts.
 */
export function compareProportions(control: Counts, treatment: Counts, alpha: number): Comparison {
  const mixture = mixtureOf(control) + mixtureOf(treatment);
  const evidence = (difference: number) =>
    mixture - bestLogLikelihood(control, treatment, difference);
  const holds = (difference: number) => evidence(difference) < -Math.log(alpha);
  const difference = rateOf(treatment) - rateOf(control);
  return {
    difference,
    interval: {
      lower: holds(-1) ? -1 : edge(difference, -1, holds),
      upper: holds(1) ? 1 : edge(difference, 1, holds),
      level: 1 - alpha,
    },
    logEvidence: proportionsEvidence(control, treatment),
  };
}

/** The evidence alone against "no difference", in closed form. */
export function proportionsEvidence(control: Counts, treatment: Counts): number {
  const trials = control.trials + treatment.trials;
  const successes = control.successes + treatment.successes;
  const pooled = logLikelihood(
    successes,
    trials - successes,
    trials === 0 ? 0.5 : successes / trials,
  );
  return mixtureOf(control) + mixtureOf(treatment) - pooled;
}

const mixtureOf = ({ successes, trials }: Counts) => betaMixture(successes, trials - successes);
const rateOf = ({ successes, trials }: Counts) => (trials === 0 ? 0.5 : successes / trials);

const logLikelihood = (successes: number, failures: number, rate: number): number =>
  times(successes, Math.log(rate)) + times(failures, Math.log1p(-rate));

/** Highest likelihood of rates p and p + difference; it is concave in p. */
function bestLogLikelihood(control: Counts, treatment: Counts, difference: number): number {
  const lowest = Math.max(0, -difference);
  const highest = Math.min(1, 1 - difference);
  const [s0, f0] = [control.successes, control.trials - control.successes];
  const [s1, f1] = [treatment.successes, treatment.trials - treatment.successes];
  const slope = (p: number) =>
    over(s0, p) - over(f0, 1 - p) + over(s1, p + difference) - over(f1, 1 - p - difference);
  let [low, high] = [lowest, highest];
  for (let i = 0; i < 40 && low < high; i++) {
    const middle = (low + high) / 2;
    if (slope(middle) > 0) low = middle;
    else high = middle;
  }
  const at = (p: number) => logLikelihood(s0, f0, p) + logLikelihood(s1, f1, clamp(p + difference));
  return Math.max(at(low), at(high), at(lowest), at(highest));
}

/** Rates may fall below 0 by rounding. */
const over = (count: number, rate: number) => (count === 0 ? 0 : count / Math.max(0, rate));
const clamp = (rate: number) => Math.min(1, Math.max(0, rate));
