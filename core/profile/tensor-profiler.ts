import * as z from 'zod';
import { AppError } from '../errors.ts';
import { NumericProfiler } from './numeric-profiler.ts';
import { NumericProfile, PROFILE_VERSION } from './schema.ts';

/** Of embeddings, or of images as rows of pixels: one vector of fixed length per row. */
export const TensorProfile = z.object({
  version: z.literal(PROFILE_VERSION),
  count: z.int().nonnegative(),
  skipped: z.int().nonnegative().describe('Vectors with a value that is not finite'),
  mean: z.array(z.number()).describe('By element'),
  m2: z.array(z.number()).describe('By element: sum of squared deviations from the mean'),
  norms: NumericProfile.describe('Euclidean'),
});
export type TensorProfile = z.infer<typeof TensorProfile>;

/** Profile of vectors, as they come; merges in any order to the same, to within rounding. */
export class TensorProfiler {
  readonly size: number;
  #count = 0;
  #skipped = 0;
  #mean: Float64Array;
  #m2: Float64Array;
  #norms: NumericProfiler;

  /** @param normEdges bins for norms, as a reference has set them */
  constructor(size: number, normEdges?: ArrayLike<number>) {
    this.size = size;
    this.#mean = new Float64Array(size);
    this.#m2 = new Float64Array(size);
    this.#norms = new NumericProfiler('norm', normEdges);
  }

  /** @param values one vector after the other */
  update(values: ArrayLike<number>): void {
    const norms: number[] = [];
    for (let start = 0; start + this.size <= values.length; start += this.size) {
      const norm = this.#normAt(values, start);
      if (Number.isFinite(norm)) norms.push(norm);
      else this.#skipped++;
      if (Number.isFinite(norm)) this.#add(values, start);
    }
    this.#norms.update({ values: Float64Array.from(norms) });
  }

  #normAt(values: ArrayLike<number>, start: number): number {
    let squares = 0;
    for (let i = 0; i < this.size; i++) squares += (values[start + i] as number) ** 2;
    return Math.sqrt(squares);
  }

  /** Welford 1962, by element. */
  #add(values: ArrayLike<number>, start: number): void {
    this.#count++;
    for (let i = 0; i < this.size; i++) {
      const value = values[start + i] as number;
      const before = value - (this.#mean[i] as number);
      this.#mean[i] = (this.#mean[i] as number) + before / this.#count;
      this.#m2[i] = (this.#m2[i] as number) + before * (value - (this.#mean[i] as number));
    }
  }

  /** @throws AppError `invalid` for vectors of another length */
  merge(other: TensorProfiler): TensorProfiler {
    if (other.size !== this.size) {
      throw new AppError('invalid', `vectors of ${this.size} and of ${other.size} elements`);
    }
    const merged = new TensorProfiler(this.size);
    const count = this.#count + other.#count;
    const share = count === 0 ? 0 : other.#count / count;
    for (let i = 0; i < this.size; i++) {
      const distance = (other.#mean[i] as number) - (this.#mean[i] as number);
      merged.#mean[i] = (this.#mean[i] as number) + distance * share;
      merged.#m2[i] =
        (this.#m2[i] as number) + (other.#m2[i] as number) + distance ** 2 * this.#count * share;
    }
    merged.#count = count;
    merged.#skipped = this.#skipped + other.#skipped;
    merged.#norms = this.#norms.merge(other.#norms);
    return merged;
  }

  toJSON(): TensorProfile {
    return {
      version: PROFILE_VERSION,
      count: this.#count,
      skipped: this.#skipped,
      mean: [...this.#mean],
      m2: [...this.#m2],
      norms: this.#norms.toJSON(),
    };
  }

  static from({ count, skipped, mean, m2, norms }: TensorProfile): TensorProfiler {
    const profiler = new TensorProfiler(mean.length);
    profiler.#count = count;
    profiler.#skipped = skipped;
    profiler.#mean = Float64Array.from(mean);
    profiler.#m2 = Float64Array.from(m2);
    profiler.#norms = NumericProfiler.from(norms);
    return profiler;
  }
}
