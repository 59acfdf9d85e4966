import type { Feature } from '#core/signature/schema.ts';
import { type Column, columnOf, type NumericColumn, type Table } from '#core/table/table.ts';

/** A number that an attack may move, within what the contract or else the data allow. */
interface NumberDimension {
  readonly kind: 'number';
  readonly lower: number;
  readonly upper: number;
  /** Standard deviation in the data: the unit that budgets and distances are counted in. */
  readonly deviation: number;
  readonly whole: boolean;
}

/** A value that an attack may switch to another one. A switch counts as one standard deviation. */
interface ChoiceDimension {
  readonly kind: 'choice';
  readonly choices: readonly number[];
}

/** A column that stays as it is: a constant, a free text, or no feature. */
interface FixedDimension {
  readonly kind: 'fixed';
}

export type Dimension = NumberDimension | ChoiceDimension | FixedDimension;

/**
 * The inputs that an attack may make up. A point is one number per column of the table: a text's is
 * its position in `categories`. NaN and −1 are gaps, which stay gaps.
 */
export interface Space {
  readonly columns: readonly {
    readonly name: string;
    /** Texts by position; undefined for numbers. */
    readonly categories: readonly string[] | undefined;
    readonly dimension: Dimension;
    readonly isFeature: boolean;
    /** Whether a value of the data is one that serving takes. */
    readonly allows: (value: number) => boolean;
  }[];
  /** Positions of the columns that can change. */
  readonly movable: readonly number[];
}

/** Texts with more distinct values are no categories. */
const MAX_CHOICES = 50;

/** @param features the contract; columns that are none of them stay as they are */
export function spaceOf(table: Table, features: readonly Feature[]): Space {
  const columns = table.columns.map((column) => {
    const feature = features.find(({ name }) => name === column.name);
    const categories = column.kind === 'text' ? allCategories(column, feature) : undefined;
    if (!feature) return { ...NO_FEATURE, name: column.name, categories };
    const dimension = dimensionOf(column, feature, categories);
    const allows = taking(feature, categories);
    return { name: column.name, categories, dimension, isFeature: true, allows };
  });
  const movable = columns.flatMap(({ dimension }, i) => (dimension.kind === 'fixed' ? [] : [i]));
  return { columns, movable };
}

const FIXED: FixedDimension = { kind: 'fixed' };
const NO_FEATURE = { dimension: FIXED, isFeature: false, allows: () => true };

/** Those of the data first, so that the column's codes stay what they are. */
function allCategories({ categories }: Column & { kind: 'text' }, feature: Feature | undefined) {
  const more = (feature?.categories ?? []).map(String);
  return [...new Set([...categories, ...more])];
}

function dimensionOf(
  column: Column,
  feature: Feature,
  categories: readonly string[] | undefined,
): Dimension {
  const allowed = choicesOf(column, feature, categories);
  if (allowed) return allowed.length > 1 ? { kind: 'choice', choices: allowed } : FIXED;
  return column.kind === 'numeric' ? numberDimension(column, feature) : FIXED;
}

/** Values of a category or boolean; undefined for plain numbers. */
function choicesOf(
  column: Column,
  { type, categories: declared }: Feature,
  categories: readonly string[] | undefined,
): number[] | undefined {
  if (categories) {
    if (declared) return declared.map((value) => categories.indexOf(String(value)));
    return categories.length > MAX_CHOICES ? [] : categories.map((_, i) => i);
  }
  if (declared) return declared.map(Number);
  if (type === 'boolean') return [0, 1];
  return column.kind === 'numeric' && type !== 'category' ? undefined : [];
}

function numberDimension({ values }: NumericColumn, feature: Feature): Dimension {
  const known = values.filter(Number.isFinite);
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / known.length);
  if (!(deviation > 0)) return FIXED;
  const range = extent(known);
  const whole = feature.type === 'integer';
  const lower = feature.min ?? range[0];
  const upper = feature.max ?? range[1];
  return { kind: 'number', lower, upper, deviation, whole };
}

function extent(values: Float64Array): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

function taking(feature: Feature, categories: readonly string[] | undefined) {
  const { min = -Infinity, max = Infinity, nullable, type } = feature;
  const declared = feature.categories && new Set(feature.categories.map(String));
  return (value: number): boolean => {
    if (Number.isNaN(value) || (categories && value < 0)) return nullable;
    const text = categories ? categories[value]! : String(value);
    if (declared) return declared.has(text);
    if (categories) return true;
    return value >= min && value <= max && (type !== 'integer' || Number.isInteger(value));
  };
}

/** Points of the table's rows, row-major. */
export function pointsOf(space: Space, table: Table): Float64Array {
  const width = space.columns.length;
  const points = new Float64Array(table.rows * width);
  for (const [i, { name }] of space.columns.entries()) {
    const column = columnOf(table, name)!;
    const values = column.kind === 'numeric' ? column.values : column.codes;
    for (let row = 0; row < table.rows; row++) points[row * width + i] = values[row]!;
  }
  return points;
}

/** The table that a model scores; `pointsOf` undone. */
export function tableFrom(space: Space, points: Float64Array): Table {
  const width = space.columns.length;
  const rows = points.length / width;
  const columns = space.columns.map(({ name, categories }, i): Column => {
    const value = (_: unknown, row: number) => points[row * width + i]!;
    return categories
      ? { name, kind: 'text', categories, codes: new Int32Array(rows).map(value) }
      : { name, kind: 'numeric', values: new Float64Array(rows).map(value) };
  });
  return { rows, columns };
}

/** These rows' points, in this order; a row may be taken more than once. */
export const takePoints = (points: Float64Array, rows: Int32Array, width: number): Float64Array => {
  const taken = new Float64Array(rows.length * width);
  for (const [position, row] of rows.entries()) {
    taken.set(points.subarray(row * width, (row + 1) * width), position * width);
  }
  return taken;
};

/** Whether serving takes every value of the point. */
export const isAllowed = ({ columns }: Space, point: Float64Array): boolean =>
  columns.every(({ allows }, i) => allows(point[i]!));

/** The nearest value that the dimension allows; a gap stays one. */
export function nearestAllowed(dimension: Dimension, value: number): number {
  if (dimension.kind !== 'number' || Number.isNaN(value)) return value;
  const { lower, upper, whole } = dimension;
  const inside = Math.min(upper, Math.max(lower, value));
  if (!whole) return inside;
  return Math.min(Math.floor(upper), Math.max(Math.ceil(lower), Math.round(inside)));
}

export const isGap = (space: Space, column: number, value: number): boolean =>
  space.columns[column]!.categories ? value < 0 : Number.isNaN(value);

/** Euclidean distance in standard deviations; a switched category counts as one. */
export function distance(space: Space, a: Float64Array, b: Float64Array): number {
  let squares = 0;
  for (const i of space.movable) {
    const { dimension } = space.columns[i]!;
    if (dimension.kind === 'number') {
      const gap = (a[i]! - b[i]!) / dimension.deviation;
      squares += Number.isNaN(gap) ? 0 : gap * gap;
    } else if (a[i] !== b[i]) squares++;
  }
  return Math.sqrt(squares);
}
