import {
  type MatrixStatistic,
  type PermutationOptions,
  permutationTest,
} from './permutation-test.ts';
import type { Vectors } from './vectors.ts';

const ENERGY: MatrixStatistic = {
  method: 'energy',
  matrix: (squares) => squares.map(Math.sqrt),
  score: ({ first, second, between }, n, m) =>
    (2 * between) / (n * m) - first / n ** 2 - second / m ** 2,
  effectSize(sums, n, m) {
    const across = (2 * sums.between) / (n * m);
    return across === 0 ? 0 : Math.max(0, ENERGY.score(sums, n, m)) / across;
  },
};

/**
 * Energy distance of two samples of vectors, 2E‖X − Y‖ − E‖X − X′‖ − E‖Y − Y′‖, with a p-value by
 * permutation: Székely and Rizzo 2013. The effect size is its share of 2E‖X − Y‖.
 */
export const energyTest = (reference: Vectors, current: Vectors, options: PermutationOptions) =>
  permutationTest(ENERGY, [reference, current], options);
