export interface Deviation {
  readonly largestDeviation: number;
  readonly differing: number;
}

const NONE: Deviation = { largestDeviation: 0, differing: 0 };

/**
 * Compares values as answers carry them: numbers by their absolute difference; labels, texts and
 * missing numbers (null) are the same or not.
 *
 * @param asText class numbers, between which there is no distance
 */
export function deviationOf(
  expected: readonly unknown[],
  given: readonly unknown[],
  asText = false,
): Deviation {
  if (expected.length !== given.length) {
    return { largestDeviation: 0, differing: Math.max(expected.length, given.length) };
  }
  let largestDeviation = 0;
  let differing = 0;
  for (const [i, value] of expected.entries()) {
    const other = given[i];
    if (!asText && isNumber(value) && isNumber(other)) {
      largestDeviation = Math.max(largestDeviation, Math.abs(Number(value) - Number(other)));
    } else if (String(value) !== String(other)) differing++;
  }
  return { largestDeviation, differing };
}

export const worstOf = (deviations: readonly Deviation[]): Deviation =>
  deviations.reduce(
    (worst, { largestDeviation, differing }) => ({
      largestDeviation: Math.max(worst.largestDeviation, largestDeviation),
      differing: worst.differing + differing,
    }),
    NONE,
  );

const isNumber = (value: unknown): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint';
