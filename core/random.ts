/**
 * A seeded generator: the same seed gives the same numbers on every machine.
 *
 * sfc32, the small fast counting generator of PractRand (Chris Doty-Humphrey): 128 bits of state,
 * a period of at least 2³². Seeded as PractRand does, with the first 12 outputs thrown away.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;
  #spareNormal: number | undefined;

  /** @param seed a whole number below 2⁵³ */
  constructor(seed: number) {
    this.#a = 0;
    this.#b = seed | 0;
    this.#c = Math.floor(seed / 2 ** 32) | 0;
    for (let i = 0; i < 12; i++) this.bits();
  }

  /** 32 random bits as a whole number from 0 to 2³² − 1. */
  bits(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** Uniform in [0, 1), with all 53 bits of a double. */
  uniform(): number {
    return ((this.bits() >>> 5) * 2 ** 26 + (this.bits() >>> 6)) / 2 ** 53;
  }

  /** A whole number from 0 to below − 1. The bias is at most below ÷ 2⁵³. */
  integer(below: number): number {
    return Math.floor(this.uniform() * below);
  }

  /** Standard normal, by Marsaglia's polar method. */
  normal(): number {
    const spare = this.#spareNormal;
    this.#spareNormal = undefined;
    if (spare !== undefined) return spare;
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      this.#spareNormal = y * factor;
      return x * factor;
    }
  }

  /** Poisson with mean 1: how often a row is drawn by a bootstrap of very many rows. */
  poisson(): number {
    const bits = this.bits();
    let count = 0;
    while (count < POISSON_BOUNDS.length && bits >= (POISSON_BOUNDS[count] as number)) count++;
    return count;
  }

  /** Brings the values into random order, in place (Fisher–Yates). */
  shuffle<T extends { [position: number]: unknown; readonly length: number }>(values: T): T {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const value = values[i];
      values[i] = values[j];
      values[j] = value;
    }
    return values;
  }

  /** Distinct whole numbers below `below`, in random order; all of them if `count` is larger. */
  sample(below: number, count: number): Int32Array {
    const chosen = new Int32Array(below).map((_, i) => i);
    const size = Math.min(count, below);
    for (let i = 0; i < size; i++) {
      const j = i + this.integer(below - i);
      const value = chosen[i] as number;
      chosen[i] = chosen[j] as number;
      chosen[j] = value;
    }
    return chosen.slice(0, size);
  }
}

/** P(count ≤ k) × 2³² for k = 0, 1, …; beyond 12 less than one bit is left. */
const POISSON_BOUNDS: readonly number[] = (() => {
  let term = Math.exp(-1);
  let total = 0;
  return Array.from({ length: 13 }, (_, k) => {
    total += term;
    term /= k + 1;
    return total * 2 ** 32;
  });
})();
