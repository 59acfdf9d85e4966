/**
 * Corrects p-values for the number of tests made: those below q are, of all tests called
 * significant, false in a share of at most q (Benjamini and Hochberg 1995).
 *
 * @param tests how many tests were made, where only the smallest p-values are given
 * @returns adjusted p-values, in the order given
 */
export function benjaminiHochberg(
  pValues: readonly number[],
  tests: number = pValues.length,
): number[] {
  const order = pValues.map((_, i) => i).sort((i, j) => pValues[j]! - pValues[i]!);
  const adjusted = new Array<number>(pValues.length);
  let smallest = 1;
  for (const [fromTop, i] of order.entries()) {
    smallest = Math.min(smallest, pValues[i]! * (tests / (pValues.length - fromTop)));
    adjusted[i] = smallest;
  }
  return adjusted;
}
