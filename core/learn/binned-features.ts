import { sortNumbers } from '../stats/sort-numbers.ts';

/** The last code is kept for missing values. */
const MISSING = 63;
/** More values than this say no more about where to cut. */
const MOST_VALUES = 20_000;

/** Where each feature is cut into bins of nearly equal counts; learned once, applied to any rows. */
export class FeatureBins {
  readonly #cuts: readonly Float64Array[];

  /** @param features by column; NaN is missing */
  constructor(features: readonly Float64Array[]) {
    this.#cuts = features.map(cutsOf);
  }

  get size(): number {
    return this.#cuts.length;
  }

  /** Codes by column: how many cuts a value is above; 63 where it is missing. */
  encode(features: readonly Float64Array[]): Uint8Array[] {
    return features.map((values, i) => encodeColumn(values, this.#cuts[i] as Float64Array));
  }

  /** Codes a feature may have. */
  static readonly codes = MISSING + 1;
}

function cutsOf(values: Float64Array): Float64Array {
  const step = Math.max(1, Math.floor(values.length / MOST_VALUES));
  const kept = values.filter((value, i) => i % step === 0 && value - value === 0);
  const sorted = sortNumbers(kept);
  const cuts = new Set<number>();
  for (let i = 1; i < MISSING; i++) {
    const at = Math.floor((i * sorted.length) / MISSING);
    if (at > 0 && at < sorted.length) cuts.add(sorted[at] as number);
  }
  cuts.delete(sorted[0] as number);
  return Float64Array.from(cuts);
}

function encodeColumn(values: Float64Array, cuts: Float64Array): Uint8Array {
  const codes = new Uint8Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number;
    codes[row] = Number.isNaN(value) ? MISSING : binOf(cuts, value);
  }
  return codes;
}

/** How many cuts are at most the value. */
function binOf(cuts: Float64Array, value: number): number {
  let [low, high] = [0, cuts.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((cuts[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
