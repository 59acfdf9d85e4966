import type { NumericColumn } from '../table/table.ts';
import { BinCounts } from './bin-counts.ts';
import { DistinctCounter } from './distinct-counter.ts';
import { hashNumber } from './hash.ts';
import { type Moments, mergeMoments, momentsOf, NO_MOMENTS } from './moments.ts';
import { QuantileSketch } from './quantile-sketch.ts';
import type { NumericProfile } from './schema.ts';

/** Columns with more values are amounts, not classes. */
const MAX_VALUES = 50;

/** Profile of a column of numbers, as its values come. */
export class NumericProfiler {
  readonly kind = 'numeric';
  readonly #name: string;
  #count = 0;
  #missing = 0;
  #infinite = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #moments: Moments = NO_MOMENTS;
  #distinct = new DistinctCounter();
  #quantiles = new QuantileSketch();
  /** Undefined once there are too many. */
  #values: Map<number, number> | undefined = new Map();

  #bins: BinCounts | undefined;

  /** @param edges of bins to count in, as a reference has set them */
  constructor(name: string, edges?: ArrayLike<number>) {
    this.#name = name;
    this.#bins = edges && new BinCounts(edges);
  }

  skip(rows: number): void {
    this.#count += rows;
    this.#missing += rows;
  }

  update({ values }: Pick<NumericColumn, 'values'>): void {
    let [missing, infinite] = [0, 0];
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      // Only of finite numbers is the difference 0.
      if (value - value === 0) continue;
      if (Number.isNaN(value)) missing++;
      else infinite++;
    }
    this.#count += values.length;
    this.#missing += missing;
    this.#infinite += infinite;
    const left = missing + infinite;
    this.#add(left === 0 ? values : finiteOf(values, values.length - left));
  }

  #add(values: Float64Array): void {
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (value < this.#min) this.#min = value;
      if (value > this.#max) this.#max = value;
      this.#distinct.add(hashNumber(value));
    }
    this.#quantiles.addAll(values);
    this.#moments = mergeMoments(this.#moments, momentsOf(values));
    this.#bins?.add(values);
    if (!this.#values) return;
    for (const value of values) {
      this.#values.set(value, (this.#values.get(value) ?? 0) + 1);
      if (this.#values.size <= MAX_VALUES) continue;
      this.#values = undefined;
      return;
    }
  }

  merge(other: NumericProfiler): NumericProfiler {
    const merged = new NumericProfiler(this.#name);
    merged.#count = this.#count + other.#count;
    merged.#missing = this.#missing + other.#missing;
    merged.#infinite = this.#infinite + other.#infinite;
    merged.#min = Math.min(this.#min, other.#min);
    merged.#max = Math.max(this.#max, other.#max);
    merged.#moments = mergeMoments(this.#moments, other.#moments);
    merged.#distinct = this.#distinct.merge(other.#distinct);
    merged.#quantiles = this.#quantiles.merge(other.#quantiles);
    merged.#values = mergeValues(this.#values, other.#values);
    merged.#bins = this.#mergeBins(other);
    return merged;
  }

  /** What was counted between other edges, or not at all, leaves no counts of the whole. */
  #mergeBins(other: NumericProfiler): BinCounts | undefined {
    if (this.#moments.count === 0) return other.#bins ?? this.#bins;
    if (other.#moments.count === 0) return this.#bins;
    const [mine, theirs] = [this.#bins, other.#bins];
    return mine && theirs && mine.sameEdges(theirs) ? mine.merge(theirs) : undefined;
  }

  toJSON(): NumericProfile {
    const hasValues = this.#moments.count > 0;
    return {
      name: this.#name,
      kind: 'numeric',
      count: this.#count,
      missing: this.#missing,
      infinite: this.#infinite,
      distinct: this.#distinct.toJSON(),
      min: hasValues ? this.#min : null,
      max: hasValues ? this.#max : null,
      moments: this.#moments,
      quantiles: this.#quantiles.toJSON() as NumericProfile['quantiles'],
      values: this.#values ? [...this.#values].sort(([a], [b]) => a - b) : null,
      ...(this.#bins && { bins: this.#bins.toJSON() as NumericProfile['bins'] }),
    };
  }

  static from(json: NumericProfile): NumericProfiler {
    const profiler = new NumericProfiler(json.name);
    profiler.#count = json.count;
    profiler.#missing = json.missing;
    profiler.#infinite = json.infinite;
    profiler.#min = json.min ?? Number.POSITIVE_INFINITY;
    profiler.#max = json.max ?? Number.NEGATIVE_INFINITY;
    profiler.#moments = json.moments;
    profiler.#distinct = DistinctCounter.from(json.distinct);
    profiler.#quantiles = QuantileSketch.from(json.quantiles);
    profiler.#values = json.values ? new Map(json.values) : undefined;
    profiler.#bins = json.bins ? BinCounts.from(json.bins) : undefined;
    return profiler;
  }
}

function finiteOf(values: Float64Array, count: number): Float64Array {
  const finite = new Float64Array(count);
  let kept = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value - value === 0) finite[kept++] = value;
  }
  return finite;
}

function mergeValues(
  a: ReadonlyMap<number, number> | undefined,
  b: ReadonlyMap<number, number> | undefined,
): Map<number, number> | undefined {
  if (!a || !b) return undefined;
  const merged = new Map(a);
  for (const [value, count] of b) merged.set(value, (merged.get(value) ?? 0) + count);
  return merged.size > MAX_VALUES ? undefined : merged;
}
