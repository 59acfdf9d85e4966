import { logGamma } from '#core/stats/gamma.ts';

/**
 * Time over ρ at which the two-sided normal mixture's boundary is tightest, in relation to √time:
 * −2 ln α + ln(1 − 2 ln α), the approximation that Waudby-Smith et al. (2024, appendix) give for
 * −W₋₁(−α²/e) − 1 of Howard et al. (2021, proposition 3).
 */
export function tuning(alpha: number): number {
  const c = -2 * Math.log(alpha);
  return c + Math.log1p(c);
}

/**
 * How many standard errors a running mean of Gaussian noise stays within at all times with
 * probability 1 − α: Robbins' two-sided normal mixture (Howard, Ramdas, McAuliffe, Sekhon,
 * "Time-uniform, nonparametric, nonasymptotic confidence sequences", 2021, equation 14).
 *
 * @param progress information so far over the planned information, at which it is tightest
 */
export function mixtureBoundary(progress: number, alpha: number): number {
  const rho = 1 / (tuning(alpha) * progress);
  return Math.sqrt((1 + rho) * (Math.log1p(1 / rho) - 2 * Math.log(alpha)));
}

/** Log evidence of the same mixture: the mSPRT of Johari, Pekelis, Walsh (2015) and Robbins. */
export function mixtureLogEvidence(z: number, progress: number, alpha: number): number {
  const rho = 1 / (tuning(alpha) * progress);
  return (z * z) / (2 * (1 + rho)) - 0.5 * Math.log1p(1 / rho);
}

export const logBeta = (a: number, b: number): number =>
  logGamma(a) + logGamma(b) - logGamma(a + b);

/** k · ln p where 0 · ln 0 is 0. */
export const times = (k: number, log: number): number => (k === 0 ? 0 : k * log);

/**
 * Log of a beta mixture's likelihood of successes and failures in their order: what a predictor
 * that starts from Beta(a, b) gives them (Robbins 1970). Krichevsky and Trofimov's a = b = ½ loses
 * least against the best rate in hindsight.
 */
export const betaMixture = (successes: number, failures: number, a = 0.5, b = 0.5): number =>
  logBeta(a + successes, b + failures) - logBeta(a, b);
