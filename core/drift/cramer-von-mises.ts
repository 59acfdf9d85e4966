import { scaledBesselK } from '#core/stats/bessel.ts';
import { logGamma } from '#core/stats/gamma.ts';

export interface CramerVonMises {
  readonly statistic: number;
  readonly pValue: number;
  /** Root of the mean squared difference of both distribution functions, 0 to 1. */
  readonly effectSize: number;
}

/**
 * Two-sample Cramér–von Mises test with midranks for ties: Anderson 1962. The p-value is the
 * limiting one with Anderson's moments, as scipy.stats.cramervonmises_2samp(method='asymptotic').
 *
 * @param reference,current sorted, two values or more each
 */
export function cramerVonMises(reference: Float64Array, current: Float64Array): CramerVonMises {
  const [n, m] = [reference.length, current.length];
  const [pairs, all] = [n * m, n + m];
  const u = rankSum(reference, current);
  const statistic = u / (pairs * all) - (4 * pairs - 1) / (6 * all);
  const effectSize = Math.sqrt(Math.max(0, statistic) * (all / pairs));
  return { statistic, pValue: pValueOf(statistic, n, m), effectSize };
}

/** n Σ (rank of the i-th reference value − i)² + m Σ (rank of the j-th current value − j)². */
function rankSum(a: Float64Array, b: Float64Array): number {
  const [n, m] = [a.length, b.length];
  let [i, j, first, second] = [0, 0, 0, 0];
  while (i < n || j < m) {
    const takesFirst = j === m || (i < n && (a[i] as number) <= (b[j] as number));
    const value = takesFirst ? (a[i] as number) : (b[j] as number);
    const [startA, startB] = [i, j];
    while (i < n && a[i] === value) i++;
    while (j < m && b[j] === value) j++;
    const rank = (startA + startB + 1 + i + j) / 2;
    for (let k = startA + 1; k <= i; k++) first += (rank - k) ** 2;
    for (let k = startB + 1; k <= j; k++) second += (rank - k) ** 2;
  }
  return n * first + m * second;
}

function pValueOf(t: number, n: number, m: number): number {
  const [pairs, all] = [n * m, n + m];
  const mean = (1 + 1 / all) / 6;
  const spread = (all + 1) * (4 * pairs * all - 3 * (n * n + m * m) - 2 * pairs);
  const variance = spread / (45 * all ** 2 * 4 * pairs);
  const limit = 1 / 6 + (t - mean) / Math.sqrt(45 * variance);
  return limit < 0.003 ? 1 : Math.max(0, 1 - limitingCdf(limit));
}

/** Csörgő and Faraway 1996, equation 1.3. */
function limitingCdf(x: number): number {
  let sum = 0;
  for (let k = 0; ; k++) {
    const y = 4 * k + 1;
    const q = y ** 2 / (16 * x);
    const scale = Math.exp(logGamma(k + 0.5) - logGamma(k + 1)) / (Math.PI ** 1.5 * Math.sqrt(x));
    const term = scale * Math.sqrt(y) * Math.exp(-2 * q) * scaledBesselK(0.25, q);
    sum += term;
    if (term < 1e-17) return sum;
  }
}
