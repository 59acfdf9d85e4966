import { sortableDouble } from './sortable.ts';

/** One point of a metric: what it was, when (ms since 1970), and at which step. */
export interface Point {
  readonly value: number;
  readonly timestamp: number;
  readonly step: number;
}

/** JSON has no other way for these. */
const WORDS: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

/** A double as protobuf's JSON writes it. */
export const writeDouble = (value: number): number | string =>
  Number.isFinite(value) ? value : String(value);

/** What protobuf's JSON may hold for a double; undefined for anything else. */
export function readDouble(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = WORDS.get(value) ?? Number(value);
  return Number.isNaN(number) && value !== 'NaN' ? undefined : number;
}

/** NaN counts as less than every number. */
const compareValues = (a: number, b: number): number => {
  if (Number.isNaN(a) || Number.isNaN(b))
    return Number(!Number.isNaN(a)) - Number(!Number.isNaN(b));
  return a - b || 0;
};

/** Which of two is a metric's latest: by step, then time, then value. */
export const compareLatest = (a: Point, b: Point): number =>
  a.step - b.step || a.timestamp - b.timestamp || compareValues(a.value, b.value);

export const latest = (a: Point | undefined, b: Point): Point =>
  a !== undefined && compareLatest(a, b) >= 0 ? a : b;

/** The order of a history: by time, then step, then value; NaN after the numbers. */
export function compareHistory(a: Point, b: Point): number {
  const byTime = a.timestamp - b.timestamp || a.step - b.step;
  if (byTime !== 0) return byTime;
  const [left, right] = [sortableDouble(a.value), sortableDouble(b.value)];
  return Number(left > right) - Number(left < right);
}
