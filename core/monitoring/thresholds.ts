import { type CompareOptions, compareSamples, methodFor } from '#core/drift/compare.ts';
import { sampleOf } from '#core/drift/sample.ts';
import { momentsOf, standardDeviation } from '#core/profile/moments.ts';
import type { Random } from '#core/random.ts';
import { type Column, takeRows } from '#core/table/table.ts';

export interface Band {
  readonly lower: number;
  readonly upper: number;
}

/** Standard deviations of a figure over chunks of the reference, as NannyML. */
const DEVIATIONS = 3;
const CHUNKS = 20;

/**
 * Where a figure lies on data like the reference: mean ± 3 standard deviations over its chunks, cut
 * off at what the figure can be.
 *
 * @param values of chunks as large as the windows to come; undefined for fewer than three
 */
export function learnBand(
  values: readonly number[],
  { lower = Number.NEGATIVE_INFINITY, upper = Number.POSITIVE_INFINITY }: Partial<Band> = {},
): Band | undefined {
  if (values.length < 3) return undefined;
  const moments = momentsOf(Float64Array.from(values));
  const reach = DEVIATIONS * (standardDeviation(moments) as number);
  return {
    lower: Math.max(lower, moments.mean - reach),
    upper: Math.min(upper, moments.mean + reach),
  };
}

/**
 * The threshold of a distance that a reference itself asks for: chunks as large as the windows to
 * come against the rest of the reference that they are not part of.
 *
 * @returns undefined where chunks would leave less than half of the reference to compare with
 */
export function learnDriftThreshold(
  reference: Column,
  windowRows: number,
  { random, method }: { random: Random } & Pick<CompareOptions, 'method'>,
): number | undefined {
  const rows = reference.kind === 'numeric' ? reference.values.length : reference.codes.length;
  if (windowRows < 2 || windowRows > rows / 2) return undefined;
  // The same for all chunks, whatever is left of the reference for each.
  const fixed = method ?? methodFor(sampleOf(reference));
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  const scores: number[] = [];
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    random.shuffle(order);
    const [window, rest] = [order.subarray(0, windowRows), order.subarray(windowRows)];
    const result = compareSamples(sampleRows(reference, rest), sampleRows(reference, window), {
      method: fixed,
    });
    if (result) scores.push(result.score);
  }
  return learnBand(scores)?.upper;
}

const sampleRows = (column: Column, rows: Int32Array) =>
  sampleOf(takeRows({ rows: 0, columns: [column] }, rows).columns[0] as Column);
