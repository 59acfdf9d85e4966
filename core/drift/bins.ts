/** Counts of both samples in the same bins. */
export interface BinnedPair {
  readonly reference: Float64Array;
  readonly current: Float64Array;
}

/** Numbers with at most so many values in the reference are binned value by value (Evidently). */
const FEW_VALUES = 20;

/**
 * Both samples in the bins Evidently takes: of equal width, as many as Sturges' rule has it for
 * both together, or one per value where the reference has few.
 *
 * @param reference,current sorted, neither empty
 */
export function binNumbers(reference: Float64Array, current: Float64Array): BinnedPair {
  if (distinctUpTo(reference, FEW_VALUES + 1) <= FEW_VALUES) return binByValue(reference, current);
  const edges = sturgesEdges(reference, current);
  return { reference: countSorted(reference, edges), current: countSorted(current, edges) };
}

/** How many values a sorted sample has, counted no further than the limit. */
export function distinctUpTo(sorted: Float64Array, limit: number): number {
  let distinct = 0;
  for (let i = 0; i < sorted.length && distinct < limit; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) distinct++;
  }
  return distinct;
}

/** As numpy.histogram_bin_edges(both, 'sturges'). */
function sturgesEdges(a: Float64Array, b: Float64Array): Float64Array {
  const low = Math.min(a[0] as number, b[0] as number);
  const high = Math.max(a[a.length - 1] as number, b[b.length - 1] as number);
  const width = (high - low) / (Math.log2(a.length + b.length) + 1);
  const bins = Math.ceil((high - low) / width);
  const step = (high - low) / bins;
  const edges = Float64Array.from({ length: bins + 1 }, (_, i) => i * step + low);
  edges[bins] = high;
  return edges;
}

/** A value on an edge belongs above it, on the last edge below it. */
function countSorted(sorted: Float64Array, edges: Float64Array): Float64Array {
  const bins = edges.length - 1;
  const counts = new Float64Array(bins);
  let below = 0;
  for (let bin = 0; bin < bins; bin++) {
    const end = bin === bins - 1 ? sorted.length : firstAtLeast(sorted, edges[bin + 1] as number);
    counts[bin] = end - below;
    below = end;
  }
  return counts;
}

/** Position of the first value of a sorted sample that is at least this. */
export function firstAtLeast(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** One bin for each value that either sample has. */
export function binByValue(a: Float64Array, b: Float64Array): BinnedPair {
  const reference: number[] = [];
  const current: number[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const value = Math.min(a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY);
    const [startA, startB] = [i, j];
    while (a[i] === value) i++;
    while (b[j] === value) j++;
    reference.push(i - startA);
    current.push(j - startB);
  }
  return { reference: Float64Array.from(reference), current: Float64Array.from(current) };
}

/** One bin for each name that either sample has. */
export function binNames<Name>(
  reference: ReadonlyMap<Name, number>,
  current: ReadonlyMap<Name, number>,
): BinnedPair {
  const names = [...new Set([...reference.keys(), ...current.keys()])];
  const counts = (of: ReadonlyMap<Name, number>) =>
    Float64Array.from(names, (name) => of.get(name) ?? 0);
  return { reference: counts(reference), current: counts(current) };
}

export const totalOf = (counts: Float64Array): number =>
  counts.reduce((sum, count) => sum + count, 0);

/** Counts as shares of their total. */
export function sharesOf(counts: Float64Array): Float64Array {
  const total = totalOf(counts);
  return counts.map((count) => count / total);
}

/** Shares of empty bins count as this much, so that they are far away and not infinitely far. */
const LEAST_SHARE = 1e-4;

/** As shares, empty bins filled as Evidently does: less than every other share in any case. */
export function filledShares(counts: Float64Array): Float64Array {
  const shares = sharesOf(counts);
  const smallest = shares.reduce((least, share) => (share > 0 && share < least ? share : least), 1);
  const fill = smallest <= LEAST_SHARE ? smallest / 1e6 : LEAST_SHARE;
  return shares.map((share) => (share === 0 ? fill : share));
}
