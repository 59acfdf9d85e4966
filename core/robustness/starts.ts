import { distance, isGap, type Space } from './space.ts';

/**
 * For each row the nearest other row with another decision: where the search starts. Rows for
 * which there is none are left out.
 */
export function nearestOthers(
  space: Space,
  points: Float64Array,
  decided: Int32Array,
): ReadonlyMap<number, Float64Array> {
  const width = space.columns.length;
  const at = (row: number) => points.subarray(row * width, (row + 1) * width);
  const found = new Map<number, Float64Array>();
  for (let row = 0; row < decided.length; row++) {
    let nearest = Infinity;
    for (let other = 0; other < decided.length; other++) {
      if (decided[other] === decided[row] || !sameGaps(space, at(row), at(other))) continue;
      const gap = distance(space, at(row), at(other));
      if (gap >= nearest) continue;
      nearest = gap;
      found.set(row, at(other));
    }
  }
  return found;
}

/** A search moves values, it neither fills gaps nor makes them. */
const sameGaps = (space: Space, a: Float64Array, b: Float64Array): boolean =>
  space.movable.every((i) => isGap(space, i, a[i]!) === isGap(space, i, b[i]!));
