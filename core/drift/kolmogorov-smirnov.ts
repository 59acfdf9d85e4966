import { kolmogorovSurvival } from '#core/stats/kolmogorov.ts';

export interface KolmogorovSmirnov {
  /** Largest difference between both distribution functions, 0 to 1. */
  readonly statistic: number;
  readonly pValue: number;
}

/**
 * Two-sample Kolmogorov–Smirnov test, two-sided, as scipy.stats.ks_2samp: exact p-values up to
 * 10,000 values a side (and 10⁷ pairs, which bounds the work), asymptotic ones beyond.
 *
 * @param reference,current sorted, neither empty
 */
export function kolmogorovSmirnov(
  reference: Float64Array,
  current: Float64Array,
  p: 'auto' | 'exact' | 'asymptotic' = 'auto',
): KolmogorovSmirnov {
  const [n, m] = [reference.length, current.length];
  const statistic = largestDifference(reference, current);
  const exact = p === 'exact' || (p === 'auto' && Math.max(n, m) <= 10_000 && n * m <= 1e7);
  return { statistic, pValue: exact ? exactP(statistic, n, m) : asymptoticP(statistic, n, m) };
}

function largestDifference(a: Float64Array, b: Float64Array): number {
  const [n, m] = [a.length, b.length];
  let [i, j, largest] = [0, 0, 0];
  while (i < n && j < m) {
    const value = Math.min(a[i] as number, b[j] as number);
    while (i < n && a[i] === value) i++;
    while (j < m && b[j] === value) j++;
    const difference = Math.abs(i * m - j * n);
    if (difference > largest) largest = difference;
  }
  return largest / (n * m);
}

/** As ks_2samp's `asymp`: of one sample as large as half the harmonic mean of both. */
export const asymptoticP = (statistic: number, n: number, m: number): number =>
  kolmogorovSurvival(roundHalfEven((n * m) / (n + m)), statistic);

function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

/** Share of the orders of n + m values in which the statistic is at least this. */
function exactP(statistic: number, n: number, m: number): number {
  const divisor = greatestCommonDivisor(n, m);
  const steps = Math.round(statistic * (n / divisor) * m);
  if (steps === 0) return 1;
  const p = n === m ? outsideSquare(n, steps) : outsideBand(n, m, steps);
  return Math.min(1, Math.max(0, p));
}

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);

/** Samples of equal size: the reflection series of Gnedenko and Korolyuk 1951, factored. */
function outsideSquare(n: number, h: number): number {
  let p = 0;
  for (let k = Math.floor(n / h); k >= 0; k--) {
    let factor = 1;
    for (let j = 0; j < h; j++) factor = ((n - k * h - j) * factor) / (n + k * h + j + 1);
    p = factor * (1 - p);
  }
  return 2 * p;
}

/**
 * Share of the lattice paths from (0, 0) to (m, n) that leave the band |x ÷ m − y ÷ n| < h ÷ lcm:
 * Hodges 1958, column by column, each column holding the rows inside the band only.
 */
function outsideBand(first: number, second: number, h: number): number {
  const m = Math.max(first, second);
  const n = Math.min(first, second);
  const divisor = greatestCommonDivisor(m, n);
  const [mg, ng] = [m / divisor, n / divisor];
  let start = 0;
  let end = Math.min(Math.ceil(h / mg), n + 1);
  const column = new Float64Array(n + 2).fill(1);
  column.fill(0, 0, end);
  for (let x = 1; x <= m; x++) {
    const [lastStart, lastLength] = [start, end - start];
    start = Math.min(Math.max(Math.floor((ng * x - h) / mg) + 1, 0), n);
    end = Math.min(Math.ceil((ng * x + h) / mg), n + 1);
    if (end <= start) return 1;
    let share = start === 0 ? 0 : 1;
    for (let y = start; y < end; y++) {
      share = ((column[y - lastStart] as number) * x + share * y) / (x + y);
      column[y - start] = share;
    }
    if (lastLength > end - start) column.fill(1, end - start, lastLength);
  }
  return column[end - start - 1] as number;
}
