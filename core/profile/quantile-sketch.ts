import { sortFirst, sortRuns } from './short-sorts.ts';

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
  #levels: Level[] = [emptyLevel()];
  #count = 0;
  #size = 0;
  #capacity = capacityOf(1).all;

  get count(): number {
    return this.#count;
  }

  /** Values must be finite. */
  add(value: number): void {
    this.addAll([value]);
  }

  /** The same as one by one in their order, sooner. */
  addAll(values: ArrayLike<number>): void {
    for (let from = 0; from < values.length; ) {
      const room = Math.max(1, this.#capacity + 1 - this.#size);
      const to = Math.min(values.length, from + room);
      append(this.#levels[0] as Level, values, from, to);
      this.#count += to - from;
      this.#size += to - from;
      from = to;
      if (this.#size > this.#capacity) this.#compress();
    }
  }

  merge(other: QuantileSketch): QuantileSketch {
    const merged = QuantileSketch.from(this.toJSON());
    other.#levels.forEach(({ values, size }, level) => {
      merged.#grow(level + 1);
      append(merged.#levels[level] as Level, values, 0, size);
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
    const levels = this.#levels.map((level) => [...keptIn(level)]);
    const keepsOdd = this.#levels.map((level) => level.keepsOdd);
    return { count: this.#count, levels, keepsOdd };
  }

  static from({ count, levels, keepsOdd }: QuantileSketchJson): QuantileSketch {
    const sketch = new QuantileSketch();
    sketch.#levels = levels.map((values, level) => {
      const made = { ...emptyLevel(), keepsOdd: keepsOdd[level] === true };
      append(made, values, 0, values.length);
      return made;
    });
    sketch.#count = count;
    sketch.#size = levels.reduce((sum, values) => sum + values.length, 0);
    sketch.#capacity = capacityOf(levels.length).all;
    return sketch;
  }

  #grow(levels: number): void {
    while (this.#levels.length < levels) this.#levels.push(emptyLevel());
  }

  /** Compacts the lowest level that is full. */
  #compress(): void {
    const { each } = capacityOf(this.#levels.length);
    for (let at = 0; at < this.#levels.length; at++) {
      const level = this.#levels[at] as Level;
      if (level.size < (each[at] as number)) continue;
      this.#grow(at + 2);
      this.#compact(level, this.#levels[at + 1] as Level);
      this.#capacity = capacityOf(this.#levels.length).all;
      return;
    }
    // Sizes add up to more than the capacity: some level is full.
  }

  /** Of an odd number of values the last one stays. */
  #compact(level: Level, above: Level): void {
    const { values, size } = level;
    const pairs = size >>> 1;
    const last = values[size - 1] as number;
    if (level === this.#levels[0]) sortFirst(values, 2 * pairs);
    else sortRuns(values, 2 * pairs);
    reserve(above, above.size + pairs);
    const first = level.keepsOdd ? 1 : 0;
    for (let i = 0; i < pairs; i++) {
      above.values[above.size + i] = values[2 * i + first] as number;
    }
    above.size += pairs;
    level.size = size - 2 * pairs;
    values[0] = last;
    level.keepsOdd = !level.keepsOdd;
    this.#size -= pairs;
  }

  /** The kept values upwards, and how many of all values are up to and including each. */
  cumulative(): { values: Float64Array; ranks: Float64Array } {
    const items = this.#levels.flatMap((level, at) =>
      Array.from(keptIn(level), (value) => [value, 2 ** at] as const),
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

/** Values that are of one weight. */
interface Level {
  /** With room behind those that are kept: a new array for each compaction would cost more than it. */
  values: Float64Array;
  size: number;
  /** Which half of the next compaction moves up. */
  keepsOdd: boolean;
}

const emptyLevel = (): Level => ({
  values: new Float64Array(2 * SMALLEST),
  size: 0,
  keepsOdd: false,
});

const keptIn = ({ values, size }: Level): Float64Array => values.subarray(0, size);

function append(level: Level, from: ArrayLike<number>, start: number, end: number): void {
  reserve(level, level.size + end - start);
  const { values, size } = level;
  for (let i = start; i < end; i++) values[size + i - start] = from[i] as number;
  level.size = size + end - start;
}

function reserve(level: Level, size: number): void {
  if (size <= level.values.length) return;
  const longer = new Float64Array(Math.max(size, 2 * level.values.length));
  longer.set(level.values);
  level.values = longer;
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
