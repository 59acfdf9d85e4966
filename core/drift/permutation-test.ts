import type { Random } from '#core/random.ts';
import type { DriftResult, MultivariateMethod } from './result.ts';
import { drawRows, rowsIn, squaredDistances, type Vectors } from './vectors.ts';
import { verdictOf } from './verdict.ts';

export interface PermutationOptions {
  readonly random: Random;
  /** Rows taken of each side: work and memory grow with their square. */
  readonly rows?: number | undefined;
  readonly permutations?: number | undefined;
  /** Of the p-value. */
  readonly threshold?: number | undefined;
}

/** A statistic of two samples that needs no more than a matrix between all rows. */
export interface MatrixStatistic {
  readonly method: MultivariateMethod;
  matrix(squaredDistances: Float64Array): Float64Array;
  score(sums: BlockSums, n: number, m: number): number;
  /** Between 0 and 1. */
  effectSize(sums: BlockSums, n: number, m: number): number;
}

/**
 * Tests two samples of vectors by relabelling their rows.
 *
 * @returns undefined where either has fewer than two rows
 */
export function permutationTest(
  { method, matrix: matrixOf, score, effectSize }: MatrixStatistic,
  [reference, current]: readonly [Vectors, Vectors],
  { random, rows = 500, permutations = 199, threshold = 0.05 }: PermutationOptions,
): DriftResult | undefined {
  if (rowsIn(reference) < 2 || rowsIn(current) < 2) return undefined;
  const [first, second] = [drawRows(reference, rows, random), drawRows(current, rows, random)];
  const [n, m] = [rowsIn(first), rowsIn(second)];
  const matrix = matrixOf(squaredDistances(first, second));
  const belongs = new Uint8Array(n + m).fill(1, 0, n);
  const sums = blockSums(matrix, belongs);
  const observed = score(sums, n, m);
  const statistic = (labels: Uint8Array) => score(blockSums(matrix, labels), n, m);
  const pValue = permutationP(observed, belongs, statistic, { random, permutations });
  return verdictOf(
    method,
    { score: observed, pValue, effectSize: effectSize(sums, n, m) },
    threshold,
  );
}

/** Sums of a symmetric matrix over pairs of rows of the first, of the second, and of both samples. */
export interface BlockSums {
  readonly first: number;
  readonly second: number;
  readonly between: number;
}

/** @param belongs 1 for rows of the first sample, 0 for those of the second */
export function blockSums(matrix: Float64Array, belongs: Uint8Array): BlockSums {
  const rows = belongs.length;
  let [all, first, firstAll] = [0, 0, 0];
  for (let i = 0; i < rows; i++) {
    let [sum, own] = [0, 0];
    for (let j = 0; j < rows; j++) {
      const value = matrix[i * rows + j] as number;
      sum += value;
      own += value * (belongs[j] as number);
    }
    all += sum;
    if (belongs[i] === 0) continue;
    first += own;
    firstAll += sum;
  }
  const between = firstAll - first;
  return { first, second: all - first - 2 * between, between };
}

/**
 * How often a statistic of relabelled rows is at least the one observed, the observed one counted
 * in: never zero, and below α with a probability of at most α where nothing differs (Phipson and
 * Smyth 2010).
 */
function permutationP(
  observed: number,
  belongs: Uint8Array,
  statistic: (labels: Uint8Array) => number,
  { random, permutations }: { random: Random; permutations: number },
): number {
  const labels = Uint8Array.from(belongs);
  // Relabelling may give the observed value again, up to rounding.
  const reach = observed - 1e-12 * Math.abs(observed);
  let reached = 1;
  for (let i = 0; i < permutations; i++) {
    if (statistic(random.shuffle(labels)) >= reach) reached++;
  }
  return reached / (permutations + 1);
}
