import {
  type MatrixStatistic,
  type PermutationOptions,
  permutationTest,
} from './permutation-test.ts';
import type { Vectors } from './vectors.ts';

const DISCREPANCY: MatrixStatistic = {
  method: 'maximum-mean-discrepancy',
  matrix(squares) {
    const scale = 2 * medianOf(squares) || 1;
    return squares.map((square) => Math.exp(-square / scale));
  },
  // The diagonal of the kernel is 1: of a row with itself, which the unbiased estimate leaves out.
  score: ({ first, second, between }, n, m) =>
    (first - n) / (n * (n - 1)) + (second - m) / (m * (m - 1)) - (2 * between) / (n * m),
  effectSize: ({ first, second, between }, n, m) =>
    Math.sqrt(Math.max(0, first / n ** 2 + second / m ** 2 - (2 * between) / (n * m)) / 2),
};

/**
 * Squared maximum mean discrepancy of two samples of vectors, the unbiased estimate, with a p-value
 * by permutation: Gretton et al. 2012. Gaussian kernel exp(−d² ÷ 2σ²), σ the median distance between
 * rows. The effect size is the biased estimate's root over its largest value, √2.
 */
export const maximumMeanDiscrepancy = (
  reference: Vectors,
  current: Vectors,
  options: PermutationOptions,
) => permutationTest(DISCREPANCY, [reference, current], options);

/** Of the matrix's values below its diagonal. */
function medianOf(squares: Float64Array): number {
  const rows = Math.sqrt(squares.length);
  const below = new Float64Array((rows * (rows - 1)) / 2);
  let count = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < i; j++) below[count++] = squares[i * rows + j] as number;
  }
  below.sort();
  const middle = below.length >> 1;
  if (below.length % 2 === 1) return below[middle] as number;
  return ((below[middle - 1] as number) + (below[middle] as number)) / 2;
}
