/** Two distributions counted between the same edges, with where their values begin and end. */
export interface EdgedPair {
  readonly edges: Float64Array;
  readonly reference: Float64Array;
  readonly current: Float64Array;
  readonly min: number;
  readonly max: number;
}

export interface Bounded {
  readonly score: number;
  /** The distance of the values themselves is at most so far from the score. */
  readonly errorBound: number;
}

/**
 * Kolmogorov–Smirnov distance from counts: exact at the edges; between two edges both distribution
 * functions only rise, which bounds how much larger the difference can be there.
 */
export function kolmogorovSmirnovOfBins(pair: EdgedPair): Bounded {
  let [score, highest] = [0, 0];
  walk(pair, (from, to) => {
    score = Math.max(score, Math.abs(to.reference - to.current));
    highest = Math.max(highest, to.reference - from.current, to.current - from.reference);
  });
  return { score, errorBound: Math.max(0, highest - score) };
}

/**
 * Wasserstein distance from counts, values spread evenly between edges. A function that rises from
 * one edge to the next encloses with the straight line at most half of width × rise.
 */
export function wassersteinOfBins(pair: EdgedPair): Bounded {
  let [score, errorBound] = [0, 0];
  walk(pair, (from, to) => {
    const width = to.value - from.value;
    score += width * areaBetween(from.reference - from.current, to.reference - to.current);
    errorBound += (width * (to.reference - from.reference + to.current - from.current)) / 2;
  });
  return { score, errorBound };
}

/** ∫₀¹ |a + (b − a) t| dt */
function areaBetween(a: number, b: number): number {
  if (a * b >= 0) return Math.abs(a + b) / 2;
  return (a * a + b * b) / (2 * Math.abs(b - a));
}

interface Point {
  readonly value: number;
  /** Shares of the values that are at most this one. */
  readonly reference: number;
  readonly current: number;
}

function walk(
  { edges, reference, current, min, max }: EdgedPair,
  visit: (from: Point, to: Point) => void,
): void {
  const total = (counts: Float64Array) => counts.reduce((sum, count) => sum + count, 0);
  const [n, m] = [total(reference), total(current)];
  let from: Point = { value: min, reference: 0, current: 0 };
  for (let bin = 0; bin < reference.length; bin++) {
    const edge = bin < edges.length ? (edges[bin] as number) : max;
    const to = {
      value: Math.min(max, Math.max(min, edge)),
      reference: from.reference + (reference[bin] as number) / n,
      current: from.current + (current[bin] as number) / m,
    };
    visit(from, to);
    from = to;
  }
}
