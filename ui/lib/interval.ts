import type { Interval } from '../api/types.ts';
import { figure } from './format.ts';

/** The value and what it may be, within the interval's level. */
export function withInterval(value: number | null, interval: Interval | undefined): string {
  if (value === null) return '–';
  if (!interval) return figure(value);
  return `${figure(value)} (${figure(interval.lower)} to ${figure(interval.upper)})`;
}
