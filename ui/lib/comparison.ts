import type { Run } from '../api/mlflow.ts';
import { columnsOf, splitColumn, valueOfRun } from './run-columns.ts';

export interface Difference {
  readonly column: string;
  /** Of each run, in their order. */
  readonly values: readonly (number | string | undefined)[];
  /** Whether any run has another value than the first. */
  readonly differs: boolean;
}

/** Params, then metrics, then tags of these runs, side by side. */
export function differencesOf(runs: readonly Run[]): Difference[] {
  const order = ['params', 'metrics', 'tags'];
  const rank = (column: string) => order.indexOf(splitColumn(column).entity);
  return columnsOf(runs)
    .sort((a, b) => rank(a) - rank(b))
    .map((column) => {
      const values = runs.map((run) => valueOfRun(run, column));
      return { column, values, differs: values.some((value) => !Object.is(value, values[0])) };
    });
}

/** A column as an axis from 0 to 1: of numbers, or of the values that there are. */
export interface Axis {
  readonly column: string;
  /** From bottom to top; two ends for numbers, all values otherwise. */
  readonly ticks: readonly (readonly [at: number, text: number | string])[];
  /** Undefined for a run without a value. */
  readonly of: (run: Run) => number | undefined;
}

/** Beyond this names are not told apart on an axis. */
const MOST_VALUES = 20;

/** Nothing where no run has a value, or where there are too many to be told apart. */
export function axisOf(column: string, runs: readonly Run[]): Axis | undefined {
  const values = runs.map((run) => valueOfRun(run, column)).filter((value) => isValue(value));
  if (values.length === 0) return undefined;
  return values.every(isNumber)
    ? numericAxis(column, values.map(Number))
    : namedAxis(column, values);
}

const isValue = (value: number | string | undefined): value is number | string =>
  value !== undefined && !(typeof value === 'number' && !Number.isFinite(value));

/** A param is a text; most texts are numbers. */
const isNumber = (value: number | string | undefined): boolean =>
  isValue(value) && String(value).trim() !== '' && Number.isFinite(Number(value));

function numericAxis(column: string, values: readonly number[]): Axis {
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  return {
    column,
    ticks:
      low === high
        ? [[0.5, low]]
        : [0, 0.25, 0.5, 0.75, 1].map((at) => [at, low + at * (high - low)]),
    of: (run) => {
      const value = valueOfRun(run, column);
      if (!isNumber(value)) return undefined;
      return low === high ? 0.5 : (Number(value) - low) / (high - low);
    },
  };
}

function namedAxis(column: string, values: readonly (number | string)[]): Axis | undefined {
  const names = [...new Set(values.map(String))].sort((a, b) => a.localeCompare(b));
  if (names.length > MOST_VALUES) return undefined;
  const at = (index: number) => (names.length === 1 ? 0.5 : index / (names.length - 1));
  return {
    ...{ column, ticks: names.map((name, i) => [at(i), name]) },
    of: (run) => {
      const index = names.indexOf(String(valueOfRun(run, column)));
      return index < 0 ? undefined : at(index);
    },
  };
}

/** Parts of axes that runs must lie in, by column; in hundredths from bottom to top. */
export type Ranges = ReadonlyMap<string, readonly [from: number, to: number]>;

export const parseRanges = (names: readonly string[]): Ranges =>
  new Map(
    names.flatMap((text) => {
      const [, column, from, to] = /^(.*)~(\d+)~(\d+)$/s.exec(text) ?? [];
      return column ? [[column, [Number(from), Number(to)]] as const] : [];
    }),
  );

/** A range of the whole axis says nothing, and is left out. */
export const writeRanges = (ranges: Ranges): string[] =>
  [...ranges]
    .filter(([, [from, to]]) => from > 0 || to < 100)
    .map(([column, [from, to]]) => `${column}~${from}~${to}`);

/** Whether a run lies within all ranges; one without a value lies in none. */
export function isWithin(run: Run, axes: readonly Axis[], ranges: Ranges): boolean {
  return axes.every(({ column, of }) => {
    const range = ranges.get(column);
    if (!range) return true;
    const at = of(run);
    // What is at a bound to the eye is within it.
    return at !== undefined && at * 100 >= range[0] - 1e-9 && at * 100 <= range[1] + 1e-9;
  });
}

const PARAM_AXES = 5;
const METRIC_AXES = 3;

/** Params that differ and can be drawn, then metrics that most runs have: what a sweep is about. */
export function usualAxes(runs: readonly Run[]): string[] {
  const isOfMost = ({ values }: Difference) =>
    values.filter((value) => value !== undefined).length * 2 > runs.length;
  const drawn = differencesOf(runs)
    .filter((one) => one.differs && isOfMost(one) && axisOf(one.column, runs))
    .map(({ column }) => column);
  const some = (entity: string, most: number) =>
    drawn.filter((column) => splitColumn(column).entity === entity).slice(0, most);
  return [...some('params', PARAM_AXES), ...some('metrics', METRIC_AXES)];
}
