import { binomialMass } from './binomial-mass.ts';

/**
 * P(D > x) of the two-sided one-sample Kolmogorov–Smirnov statistic of n values: Simard and
 * L'Ecuyer 2011 ("Computing the two-sided Kolmogorov–Smirnov distribution"), with the cuts of
 * scipy.stats.kstwo. Where scipy runs Pomeranz' recursion (n ≤ 140) the Durbin matrix is used,
 * which is exact as well.
 */
export function kolmogorovSurvival(n: number, x: number): number {
  const t = n * x;
  if (x >= 1) return 0;
  if (t <= 0.5) return 1;
  if (t <= 1) return 1 - clip(smallest(n, t));
  if (t >= n - 1) return clip(2 * (1 - x) ** n);
  return clip(x >= 0.5 ? 2 * oneSidedSurvival(n, x) : middle(n, x));
}

const clip = (probability: number) => Math.min(1, Math.max(0, probability));

function middle(n: number, x: number): number {
  const square = n * x * x;
  // P(D ≤ x) is below 1e-16 here, and its matrix is large.
  if (square < 0.03 && n > 140) return 1;
  if (n <= 140) return square <= 4 ? 1 - durbin(n, x) : 2 * oneSidedSurvival(n, x);
  if (square >= 370) return 0;
  if (square >= 2.2) return 2 * oneSidedSurvival(n, x);
  return 1 - (n <= 100_000 && n * x ** 1.5 <= 1.4 ? durbin(n, x) : pelzGood(n, x));
}

/** P(D ≤ x) for 1 ÷ 2n ≤ x ≤ 1 ÷ n: n! ((2t − 1) ÷ n)ⁿ (Ruben and Gambino 1982). */
function smallest(n: number, t: number): number {
  let probability = 1;
  for (let i = 1; i <= n && probability > 0; i++) probability *= (i / n) * (2 * t - 1);
  return probability;
}

/** Beyond, the sum would take too long for what it adds (scipy has the same limit). */
const MOST_TERMS = 1_000_000;

/**
 * P(D⁺ ≥ x), by the sum of Birnbaum and Tingey 1951, whose terms are binomial probabilities; above
 * a million values by Maag and Dicaire's approximation (1971), off by less than 1e-5 of itself.
 */
export function oneSidedSurvival(n: number, x: number): number {
  if (n > MOST_TERMS) return Math.exp(-((6 * n * x + 1) ** 2) / (18 * n));
  let sum = 0;
  for (let k = 0; k <= n * (1 - x); k++) {
    const share = x + k / n;
    sum += (x / share) * binomialMass(k, n, Math.min(1, share));
  }
  return sum;
}

const BIG = 2 ** 128;

/** P(D ≤ x) by the matrix of Durbin, raised as Marsaglia, Tsang and Wang 2003 do. */
function durbin(n: number, x: number): number {
  const k = Math.ceil(n * x);
  const size = 2 * k - 1;
  const { matrix, exponent } = power(durbinMatrix(size, k - n * x), size, n);
  let probability = matrix[(k - 1) * size + k - 1] as number;
  let scale = exponent;
  for (let i = 1; i <= n; i++) {
    probability = (i * probability) / n;
    if (probability >= 1 / BIG) continue;
    probability *= BIG;
    scale--;
  }
  return probability * BIG ** scale;
}

function durbinMatrix(size: number, h: number): Float64Array {
  const edge = new Float64Array(size);
  const inverse = new Float64Array(size + 1).fill(1);
  for (let i = 1; i <= size; i++) inverse[i] = (inverse[i - 1] as number) / i;
  for (let i = 0; i < size; i++) edge[i] = (1 - h ** (i + 1)) * (inverse[i + 1] as number);
  const corner = Math.max(2 * h - 1, 0) ** size - 2 * h ** size;
  edge[size - 1] = (1 + corner) * (inverse[size] as number);
  const matrix = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    matrix[row * size] = edge[row] as number;
    for (let column = 1; column < size && column <= row + 1; column++) {
      matrix[row * size + column] = inverse[row - column + 1] as number;
    }
  }
  for (let column = 0; column < size; column++) {
    matrix[(size - 1) * size + column] = edge[size - 1 - column] as number;
  }
  return matrix;
}

/** The matrix to the n-th power, divided by 2 to the power of 128 × exponent. */
function power(base: Float64Array, size: number, n: number) {
  let factor = base;
  let factorExponent = 0;
  let exponent = 0;
  let matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) matrix[i * size + i] = 1;
  const centre = (size >> 1) * (size + 1);
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) {
      matrix = multiply(matrix, factor, size);
      exponent += factorExponent;
    }
    factor = multiply(factor, factor, size);
    factorExponent *= 2;
    if ((factor[centre] as number) <= BIG) continue;
    for (let i = 0; i < factor.length; i++) factor[i] = (factor[i] as number) / BIG;
    factorExponent++;
  }
  return { matrix, exponent };
}

function multiply(a: Float64Array, b: Float64Array, size: number): Float64Array<ArrayBuffer> {
  const product = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let k = 0; k < size; k++) {
      const value = a[row * size + k] as number;
      if (value === 0) continue;
      for (let column = 0; column < size; column++) {
        const at = row * size + column;
        product[at] = (product[at] as number) + value * (b[k * size + column] as number);
      }
    }
  }
  return product;
}

/** P(D ≤ x) for large n: four terms of Pelz and Good 1976, in theta functions for small x√n. */
function pelzGood(n: number, x: number): number {
  const z = Math.sqrt(n) * x;
  const pi2 = Math.PI ** 2;
  const q = Math.exp(-pi2 / 8 / z ** 2);
  const sums = [0, 0, 0, 0];
  const terms = Math.ceil((16 * z) / Math.PI);
  for (let k = terms; k > 0; k--) {
    const parts = oddTerms(z, (2 * k - 1) ** 2);
    for (let i = 0; i < 4; i++) sums[i] = sums[i]! * q ** (8 * k) + parts[i]!;
  }
  const scale = q * Math.sqrt(2 * Math.PI);
  const divisors = [z, 6 * z ** 4, 72 * z ** 7, 6480 * z ** 10];
  const pieces = sums.map((sum, i) => (sum * scale) / divisors[i]!);
  for (let k = 1; k <= terms; k++) {
    const weight = k * k * Math.exp((-pi2 * k * k) / 2 / z ** 2) * pi2 * Math.sqrt(2 * Math.PI);
    pieces[2]! -= weight / (36 * z ** 3);
    pieces[3]! += (weight * (3 * z ** 2 - pi2 * k * k)) / (216 * z ** 6);
  }
  return pieces.reduce((sum, piece, i) => sum + piece / n ** (i / 2), 0);
}

/** @param m2 square of an odd number */
function oddTerms(z: number, m2: number): number[] {
  const pi2 = Math.PI ** 2;
  const [z2, z4, z6] = [z ** 2, z ** 4, z ** 6];
  return [
    1,
    -z2 + (pi2 / 4) * m2,
    6 * z6 + 2 * z4 + ((2 * z4 - 5 * z2) * pi2 * m2) / 4 + (pi2 ** 2 * (1 - 2 * z2) * m2 ** 2) / 16,
    -30 * z6 -
      90 * z ** 8 +
      (pi2 * (135 * z4 - 96 * z6) * m2) / 4 +
      (pi2 ** 2 * (-60 * z2 + 212 * z4) * m2 ** 2) / 16 +
      (pi2 ** 3 * (5 - 30 * z2) * m2 ** 3) / 64,
  ];
}
