import type { Disagreement } from '../traffic/summary.ts';

/** What one model said of some rows. */
export interface Said {
  readonly labels: readonly string[] | undefined;
  /** Numbers per row under their names: a class's probability, a value. */
  readonly numbers: ReadonlyMap<string, (row: number) => number>;
}

export interface Comparison {
  /** Row by row; null where one of the two has no label. */
  readonly sameLabel: readonly (boolean | null)[];
  /** The largest absolute difference of the numbers that both have; NaN where there are none. */
  readonly differences: Float64Array;
  readonly disagreement: Disagreement;
}

/** How two models' answers to the same rows differ. */
export function compareAnswers(live: Said, shadow: Said, rows: number): Comparison {
  const sameLabel: (boolean | null)[] = [];
  const differences = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const [a, b] = [live.labels?.[row], shadow.labels?.[row]];
    sameLabel.push(a === undefined || b === undefined ? null : a === b);
    differences[row] = largestDifference(live, shadow, row);
  }
  return { sameLabel, differences, disagreement: summarise(sameLabel, differences) };
}

function largestDifference(live: Said, shadow: Said, row: number): number {
  let largest = Number.NaN;
  for (const [name, of] of live.numbers) {
    const other = shadow.numbers.get(name);
    const difference = other ? Math.abs(of(row) - other(row)) : Number.NaN;
    if (!(difference <= largest) && !Number.isNaN(difference)) largest = difference;
  }
  return largest;
}

function summarise(
  sameLabel: readonly (boolean | null)[],
  differences: Float64Array,
): Disagreement {
  const compared = differences.filter((difference) => !Number.isNaN(difference));
  return {
    rows: sameLabel.length,
    labelled: sameLabel.filter((same) => same !== null).length,
    otherLabel: sameLabel.filter((same) => same === false).length,
    compared: compared.length,
    sumAbsolute: compared.reduce((sum, difference) => sum + difference, 0),
    maxAbsolute: compared.reduce((most, difference) => Math.max(most, difference), 0),
  };
}
