import type { Detector, Status } from './detector.ts';

export interface AdwinOptions {
  /** Probability of an alarm where nothing changes, by the bound. */
  readonly delta: number;
  /** Values between two looks for a cut. */
  readonly clock: number;
  readonly maxBuckets: number;
  readonly minWindowLength: number;
  readonly gracePeriod: number;
}

const DEFAULTS: AdwinOptions = {
  delta: 0.002,
  clock: 32,
  maxBuckets: 5,
  minWindowLength: 5,
  gracePeriod: 10,
};

/** Sum of the values of a bucket, and of their squared deviations from its mean. */
type Bucket = [total: number, variance: number];

const fresh = () => ({
  status: 'stable' as Status,
  tick: 0,
  width: 0,
  total: 0,
  variance: 0,
  /** Row i holds buckets of 2ⁱ values each, the oldest first. */
  rows: [[]] as Bucket[][],
});

/**
 * Adaptive windowing: Bifet and Gavaldà 2007, as in River. Keeps a window of what agrees in its
 * mean, in a number of buckets that grows with the logarithm of its width, and cuts off what is
 * older than a change.
 */
export class Adwin implements Detector {
  readonly #options: AdwinOptions;
  #state = fresh();

  constructor(options: Partial<AdwinOptions> = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  get status(): Status {
    return this.#state.status;
  }

  get width(): number {
    return this.#state.width;
  }

  /** Mean of the window. */
  get estimation(): number {
    return this.#state.width === 0 ? 0 : this.#state.total / this.#state.width;
  }

  update(value: number): Status {
    if (this.#state.status === 'drift') this.#state = fresh();
    this.#insert(value);
    this.#compress();
    const state = this.#state;
    state.tick++;
    const { clock, gracePeriod } = this.#options;
    if (state.tick % clock === 0 && state.width > gracePeriod && this.#shrink()) {
      state.status = 'drift';
    }
    return state.status;
  }

  #insert(value: number): void {
    const state = this.#state;
    (state.rows[0] as Bucket[]).push([value, 0]);
    state.width++;
    if (state.width > 1) {
      const before = state.width - 1;
      state.variance += (before * (value - state.total / before) ** 2) / state.width;
    }
    state.total += value;
  }

  /** Joins the two oldest buckets of each row that is too long into one of the next row. */
  #compress(): void {
    const { rows } = this.#state;
    for (let row = 0; row < rows.length; row++) {
      const buckets = rows[row] as Bucket[];
      if (buckets.length <= this.#options.maxBuckets) return;
      const [a, b] = buckets.splice(0, 2) as [Bucket, Bucket];
      const size = 2 ** row;
      const between = (size * size * (a[0] / size - b[0] / size) ** 2) / (size + size);
      if (row + 1 === rows.length) rows.push([]);
      (rows[row + 1] as Bucket[]).push([a[0] + b[0], a[1] + b[1] + between]);
    }
  }

  /** Drops the oldest bucket as long as some cut parts the window into two that differ. */
  #shrink(): boolean {
    let cut = false;
    while (this.#hasCut()) {
      cut = true;
      this.#dropOldest();
    }
    return cut;
  }

  #hasCut(): boolean {
    const { rows, width, total } = this.#state;
    let [n, sum] = [0, 0];
    for (let row = rows.length - 1; row >= 0; row--) {
      const buckets = rows[row] as Bucket[];
      for (let i = 0; i < buckets.length; i++) {
        n += 2 ** row;
        sum += (buckets[i] as Bucket)[0];
        const rest = width - n;
        const { minWindowLength } = this.#options;
        if (rest < minWindowLength || n < minWindowLength) continue;
        if (this.#differ(n, rest, sum / n - (total - sum) / rest)) return true;
      }
    }
    return false;
  }

  #differ(n: number, rest: number, difference: number): boolean {
    const { delta, minWindowLength } = this.#options;
    const { width, variance } = this.#state;
    const confidence = Math.log((2 * Math.log(width)) / delta);
    const m = 1 / (n - minWindowLength + 1) + 1 / (rest - minWindowLength + 1);
    const reach = Math.sqrt(2 * m * (variance / width) * confidence) + (2 / 3) * confidence * m;
    return Math.abs(difference) > reach;
  }

  #dropOldest(): void {
    const state = this.#state;
    const oldest = state.rows.at(-1) as Bucket[];
    const size = 2 ** (state.rows.length - 1);
    const [total, variance] = oldest.shift() as Bucket;
    state.width -= size;
    state.total -= total;
    const apart = total / size - state.total / state.width;
    state.variance -= variance + (size * state.width * apart ** 2) / (size + state.width);
    if (oldest.length === 0) state.rows.pop();
  }

  toJSON() {
    return { kind: 'adwin' as const, options: this.#options, state: structuredClone(this.#state) };
  }

  static from({ options, state }: ReturnType<Adwin['toJSON']>): Adwin {
    const detector = new Adwin(options);
    detector.#state = structuredClone(state);
    return detector;
  }
}
