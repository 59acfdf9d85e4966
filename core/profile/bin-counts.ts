import { AppError } from '../errors.ts';
import type { QuantileSketch } from './quantile-sketch.ts';

export interface BinCountsJson {
  /** Ascending; bin i holds what is above edge i − 1 and at most edge i, the last what is above all. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** Enough for distances that are as good as exact, small enough to be kept for every window. */
const BINS = 100;

/**
 * Values counted between edges that a reference has set: counts of parts add up exactly in any
 * order, and distributions of windows compare without an error of a sketch.
 */
export class BinCounts {
  readonly edges: Float64Array;
  readonly counts: Float64Array;

  constructor(edges: ArrayLike<number>, counts?: ArrayLike<number>) {
    this.edges = Float64Array.from(edges);
    this.counts = counts ? Float64Array.from(counts) : new Float64Array(edges.length + 1);
  }

  /** Values must be finite. */
  add(values: Float64Array): void {
    for (let i = 0; i < values.length; i++) {
      const bin = binOf(this.edges, values[i] as number);
      this.counts[bin] = (this.counts[bin] as number) + 1;
    }
  }

  /** @throws AppError `invalid` where the edges are others */
  merge(other: BinCounts): BinCounts {
    if (!this.sameEdges(other)) throw new AppError('invalid', 'counted between other edges');
    return new BinCounts(
      this.edges,
      this.counts.map((count, bin) => count + (other.counts[bin] as number)),
    );
  }

  sameEdges({ edges }: BinCounts): boolean {
    return edges.length === this.edges.length && edges.every((edge, i) => edge === this.edges[i]);
  }

  toJSON(): BinCountsJson {
    return { edges: [...this.edges], counts: [...this.counts] };
  }

  static from({ edges, counts }: BinCountsJson): BinCounts {
    return new BinCounts(edges, counts);
  }
}

/** Position of the first edge that is not below the value. */
function binOf(edges: Float64Array, value: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((edges[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Edges that part a reference into bins of nearly equal counts; fewer where values repeat. */
export function edgesOf(reference: QuantileSketch, bins = BINS): number[] {
  const shares = Array.from({ length: bins - 1 }, (_, i) => (i + 1) / bins);
  return [...new Set(reference.quantiles(shares).filter((edge) => edge !== undefined))];
}
