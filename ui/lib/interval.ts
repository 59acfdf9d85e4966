import type { Interval } from '../api/types.ts';
import { figure } from './format.ts';

/** The value and what it may be, within the interval's level. */
export function withInterval(value: number | null, interval: Interval | undefined): string {
  if (value === null) return '–';
  if (!interval) return figure(value);
  return `${short(value)} (${short(interval.lower)} to ${short(interval.upper)})`;
}

/** Four digits are more than an interval is sure of. */
const short = (value: number): string => figure(Number(value.toPrecision(4)));
