/** Size of the largest compactor: a single rank is off by less than 0.7 % in 99 of 100 sketches. */
const K = 400;
/** How much smaller each level below is. */
const SHRINK = 2 / 3;
const SMALLEST = 32;

/** As Apache DataSketches states it for KLL: of one rank, with a probability of 99 %. */
export const RANK_ERROR = 2.296 / K ** 0.9723;

/** The same for the largest error of all ranks at once. */
export const WORST_RANK_ERROR = 2.446 / K ** 0.9433;

interface Capacity {
  readonly each: readonly number[];
  readonly all: number;
}

/** By the number of levels: it is asked for at every compaction. */
const capacities: Capacity[] = [];

function capacityOf(levels: number): Capacity {
  const known = capacities[levels];
  if (known) return known;
  const each = Array.from({ length: levels }, (_, level) =>
    Math.max(SMALLEST, Math.ceil(K * SHRINK ** (levels - 1 - level))),
  );
  const made = { each, all: each.reduce((sum, capacity) => sum + capacity, 0) };
  capacities[levels] = made;
  return made;
}

export interface QuantileSketchJson {
  readonly count: number;
  /** Values of level h stand for 2ʰ values each. */
  readonly levels: readonly (readonly number[])[];
  /** Which half of each level's next compaction is kept. */
  readonly keepsOdd: readonly boolean[];
}

/**
 * Quantiles of a stream in little memory: the sketch of Karnin, Lang and Liberty (2016). A level
 * that is full is sorted and every other value moves up with twice the weight. Which half moves
 * alternates, so that the same values in the same order always give the same sketch; up to K
 * values it is exact. Merged in another order, ranks agree within the error bound.
 */
export class QuantileSketch {
  #levels: number[][] = [[]];
  #keepsOdd: boolean[] = [false];
  #count = 0;
  #size = 0;
  #capacity = capacityOf(1).all;

  get count(): number {
    return this.#count;
  }

  /** Values must be finite. */
  add(value: number): void {
    (this.#levels[0] as number[]).push(value);
    this.#count++;
    this.#size++;
    if (this.#size > this.#capacity) this.#compress();
  }

  /** The same as one by one in their order, sooner. */
  addAll(values: ArrayLike<number>): void {
    for (let from = 0; from < values.length; ) {
      const room = Math.max(1, this.#capacity + 1 - this.#size);
      const to = Math.min(values.length, from + room);
      const lowest = this.#levels[0] as number[];
      for (let i = from; i < to; i++) lowest.push(values[i] as number);
      this.#count += to - from;
      this.#size += to - from;
      from = to;
      if (this.#size > this.#capacity) this.#compress();
    }
  }

  merge(other: QuantileSketch): QuantileSketch {
    const merged = QuantileSketch.from(this.toJSON());
    other.#levels.forEach((values, level) => {
      merged.#grow(level + 1);
      const into = merged.#levels[level] as number[];
      for (const value of values) into.push(value);
    });
    merged.#count += other.#count;
    merged.#size += other.#size;
    merged.#capacity = capacityOf(merged.#levels.length).all;
    while (merged.#size > merged.#capacity) merged.#compress();
    return merged;
  }

  /** Smallest kept value that at least this share of all values does not exceed. */
  quantile(share: number): number | undefined {
    return this.quantiles([share])[0];
  }

  quantiles(shares: readonly number[]): (number | undefined)[] {
    const { values, ranks } = this.cumulative();
    return shares.map((share) => {
      if (values.length === 0) return undefined;
      const wanted = Math.max(1, Math.ceil(share * this.#count));
      return values[Math.min(firstAtLeast(ranks, wanted), values.length - 1)];
    });
  }

  /** Share of the values that are at most this one. */
  rank(value: number): number {
    const { values, ranks } = this.cumulative();
    let below = 0;
    for (let i = 0; i < values.length && (values[i] as number) <= value; i++) {
      below = ranks[i] as number;
    }
    return this.#count === 0 ? 0 : below / this.#count;
  }

  /** Largest error of a rank, as a share of all values: 0 while every value is kept. */
  get rankError(): number {
    return this.#levels.length === 1 ? 0 : WORST_RANK_ERROR;
  }

  toJSON(): QuantileSketchJson {
    const levels = this.#levels.map((values) => [...values]);
    return { count: this.#count, levels, keepsOdd: [...this.#keepsOdd] };
  }

  static from({ count, levels, keepsOdd }: QuantileSketchJson): QuantileSketch {
    const sketch = new QuantileSketch();
    sketch.#levels = levels.map((values) => [...values]);
    sketch.#keepsOdd = [...keepsOdd];
    sketch.#count = count;
    sketch.#size = levels.reduce((sum, values) => sum + values.length, 0);
    sketch.#capacity = capacityOf(levels.length).all;
    return sketch;
  }

  #grow(levels: number): void {
    while (this.#levels.length < levels) {
      this.#levels.push([]);
      this.#keepsOdd.push(false);
    }
  }

  /** Compacts the lowest level that is full. */
  #compress(): void {
    const { each } = capacityOf(this.#levels.length);
    for (let level = 0; level < this.#levels.length; level++) {
      const values = this.#levels[level] as number[];
      if (values.length < (each[level] as number)) continue;
      this.#grow(level + 2);
      this.#compact(level, values);
      this.#capacity = capacityOf(this.#levels.length).all;
      return;
    }
    // Sizes add up to more than the capacity: some level is full.
  }

  #compact(level: number, values: number[]): void {
    const odd = values.length % 2 === 1 ? [values.pop() as number] : [];
    const count = values.length;
    const sorted = sort(values);
    const above = this.#levels[level + 1] as number[];
    for (let i = this.#keepsOdd[level] ? 1 : 0; i < count; i += 2) {
      above.push(sorted[i] as number);
    }
    this.#keepsOdd[level] = !this.#keepsOdd[level];
    this.#levels[level] = odd;
    this.#size -= count / 2;
  }

  /** The kept values upwards, and how many of all values are up to and including each. */
  cumulative(): { values: Float64Array; ranks: Float64Array } {
    const items = this.#levels.flatMap((values, level) =>
      values.map((value) => [value, 2 ** level] as const),
    );
    items.sort(([a], [b]) => a - b);
    const ranks = new Float64Array(items.length);
    let total = 0;
    items.forEach(([, weight], i) => {
      total += weight;
      ranks[i] = total;
    });
    return { values: Float64Array.from(items, ([value]) => value), ranks };
  }
}

/** Most lists are short: inserting sorts them in a fraction of what a call of the engine's sort takes. */
const SHORT = 64;

/** What a short list is sorted in: a new array for each would take longer than the sorting. */
const sorted = new Float64Array(SHORT);

/** @returns the values upwards, in an array that the next call overwrites and that may be longer */
function sort(values: readonly number[]): Float64Array {
  if (values.length > SHORT) return new Float64Array(values).sort();
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    let at = i;
    for (; at > 0 && (sorted[at - 1] as number) > value; at--) {
      sorted[at] = sorted[at - 1] as number;
    }
    sorted[at] = value;
  }
  return sorted;
}

/** Position of the first that is at least this. */
function firstAtLeast(sorted: Float64Array, wanted: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
