import type { ColumnMethod } from './result.ts';

/** Up to this many reference rows tests have sense: beyond, they find differences of no matter. */
const TEST_ROWS = 1000;
/** Numbers with no more values than this are compared like categories. */
export const CATEGORY_VALUES = 5;

/**
 * The method Evidently 0.7 takes where none is chosen, by the reference alone, so that a larger
 * window keeps the same test. For two categories Evidently's z-test is chi-square.
 *
 * @param distinct values of a numeric column, counted no further than six
 */
export function chooseMethod(reference: {
  readonly kind: 'numeric' | 'text';
  readonly rows: number;
  readonly distinct: number;
}): ColumnMethod {
  const few = reference.rows <= TEST_ROWS;
  if (reference.kind === 'numeric' && reference.distinct > CATEGORY_VALUES) {
    return few ? 'kolmogorov-smirnov' : 'wasserstein';
  }
  return few ? 'chi-square' : 'jensen-shannon';
}
