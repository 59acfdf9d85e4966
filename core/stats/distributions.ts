import { betaCdf } from './beta.ts';
import { logChoose, upperGamma } from './gamma.ts';

/** P(X ≤ x), standard normal. */
export function normalCdf(x: number): number {
  const tail = upperGamma(0.5, (x * x) / 2) / 2;
  return x < 0 ? tail : 1 - tail;
}

/** P(X > x), standard normal: exact far into the tail, where 1 − cdf would be zero. */
export const normalSurvival = (x: number): number => normalCdf(-x);

/** P(X > x), chi-square. */
export const chiSquareSurvival = (x: number, degreesOfFreedom: number): number =>
  upperGamma(degreesOfFreedom / 2, x / 2);

/** P(X > t), Student's t. */
export function studentSurvival(t: number, degreesOfFreedom: number): number {
  if (!Number.isFinite(t)) return t > 0 ? 0 : 1;
  const tail =
    betaCdf(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5) / 2;
  return t > 0 ? tail : 1 - tail;
}

/** P(X ≤ k), binomial with n trials. */
export function binomialCdf(k: number, n: number, probability: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return betaCdf(1 - probability, n - k, k + 1);
}

/**
 * P(X ≥ k), hypergeometric: at least k marked among `drawn` of `total`, of which `marked` are
 * marked. This is the p-value of Fisher's exact test, one-sided.
 */
export function hypergeometricTail(
  k: number,
  { total, marked, drawn }: { total: number; marked: number; drawn: number },
): number {
  const lowest = Math.max(0, drawn + marked - total);
  const highest = Math.min(drawn, marked);
  if (k <= lowest) return 1;
  if (k > highest) return 0;
  const rest = total - marked - drawn;
  const probability = (i: number) =>
    Math.exp(logChoose(marked, i) + logChoose(total - marked, drawn - i) - logChoose(total, drawn));
  // Terms fall away from the mean, so the sum starts on the far side of it from the answer.
  if (k * total <= drawn * marked) {
    const down = (i: number) => (i * (rest + i)) / ((marked - i + 1) * (drawn - i + 1));
    return 1 - sumWhileFalling(probability(k - 1), (step) => down(k - 1 - step));
  }
  const up = (i: number) => ((marked - i) * (drawn - i)) / ((i + 1) * (rest + i + 1));
  return sumWhileFalling(probability(k), (step) => up(k + step));
}

/** Adds terms, each the one before times a factor that reaches 0, until they no longer count. */
function sumWhileFalling(first: number, factor: (step: number) => number): number {
  let sum = 0;
  let term = first;
  for (let step = 0; term > sum * 1e-17; step++) {
    sum += term;
    term *= factor(step);
  }
  return Math.min(1, sum);
}
