import type { Space } from './space.ts';

/** Values that should not occur, put into one feature of every row. */
export interface StressCase {
  readonly name: string;
  readonly feature: string;
  readonly space: Space;
  readonly points: Float64Array;
}

/** A text that no one would name a category. */
const UNHEARD_OF = '\u2047unheard-of';

/** @param missing what a gap is called: serving calls it missing, a tensor holds NaN */
export function stressCases(
  space: Space,
  points: Float64Array,
  { missing, limit }: { missing: string; limit: number },
): StressCase[] {
  return space.columns
    .map((column, i) => ({ column, i }))
    .filter(({ column }) => column.isFeature)
    .slice(0, limit)
    .flatMap(({ column, i }) => {
      const wide = column.categories ? withCategory(space, i) : space;
      const values = column.categories
        ? { [missing]: -1, 'unknown category': column.categories.length }
        : { [missing]: Number.NaN, ...numbersFor(space, points, i) };
      return Object.entries(values).map(([name, value]) => ({
        name,
        feature: column.name,
        space: wide,
        points: setColumn(space, points, { i, value }),
      }));
    });
}

/** Far beyond what was seen, in either direction, and further than any number. */
function numbersFor({ columns }: Space, points: Float64Array, i: number): Record<string, number> {
  const { dimension } = columns[i]!;
  if (dimension.kind === 'choice') {
    return { 'unknown category': Math.max(...dimension.choices) + 1, infinity: Infinity };
  }
  let largest = 1;
  for (let at = i; at < points.length; at += columns.length) {
    if (Number.isFinite(points[at])) largest = Math.max(largest, Math.abs(points[at]!));
  }
  const extreme = 10 ** (Math.ceil(Math.log10(largest)) + 6);
  return { 'extremely large': extreme, 'extremely small': -extreme, infinity: Infinity };
}

const withCategory = (space: Space, i: number): Space => {
  const column = space.columns[i]!;
  const categories = [...(column.categories ?? []), UNHEARD_OF];
  return { ...space, columns: space.columns.with(i, { ...column, categories }) };
};

function setColumn(
  { columns }: Space,
  points: Float64Array,
  { i, value }: { i: number; value: number },
): Float64Array {
  const changed = points.slice();
  for (let at = i; at < changed.length; at += columns.length) changed[at] = value;
  return changed;
}
