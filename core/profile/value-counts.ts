/** Texts that are counted; with n values counts are at most n ÷ 513 too small. */
const CAPACITY = 512;

export interface ValueCountsJson {
  readonly counts: readonly (readonly [string, number])[];
  /** At most so much is missing from each count; 0: every text is here, counted exactly. */
  readonly error: number;
}

/**
 * How often each text occurs, exact up to 512 of them; beyond that the most frequent ones, with
 * counts that are too small by at most `error` (Misra and Gries 1982, merged as Agarwal et al. 2012).
 */
export class ValueCounts {
  #counts: Map<string, number>;
  #error: number;

  constructor({ counts, error }: ValueCountsJson = { counts: [], error: 0 }) {
    this.#counts = new Map(counts.map(([text, count]) => [text, count]));
    this.#error = error;
  }

  get error(): number {
    return this.#error;
  }

  add(counts: Iterable<readonly [string, number]>): void {
    for (const [text, count] of counts) {
      this.#counts.set(text, (this.#counts.get(text) ?? 0) + count);
    }
    this.#shrink();
  }

  merge(other: ValueCounts): ValueCounts {
    const merged = new ValueCounts(this.toJSON());
    merged.#error += other.#error;
    merged.add(other.#counts);
    return merged;
  }

  /** Most frequent first, equally frequent ones by their text. */
  toJSON(): ValueCountsJson {
    const counts = [...this.#counts].sort(
      ([a, n], [b, m]) => m - n || (a < b ? -1 : a > b ? 1 : 0),
    );
    return { counts, error: this.#error };
  }

  /** Takes the count of the first text too many from all. */
  #shrink(): void {
    if (this.#counts.size <= CAPACITY) return;
    const sorted = Float64Array.from(this.#counts.values()).sort();
    const taken = sorted[sorted.length - 1 - CAPACITY] as number;
    this.#error += taken;
    const kept = [...this.#counts].filter(([, count]) => count > taken);
    this.#counts = new Map(kept.map(([text, count]) => [text, count - taken]));
  }
}
