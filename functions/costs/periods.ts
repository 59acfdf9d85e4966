import type { Budget } from './schema.ts';

/** The day or month that a time falls into, in UTC: `2026-11-25`, `2026-11`. */
export const periodOf = (period: Budget['period'], at: number): string =>
  new Date(at).toISOString().slice(0, period === 'day' ? 10 : 7);

/** When it began, in milliseconds since the epoch. */
export const startOf = (period: Budget['period'], at: number): number =>
  Date.parse(periodOf(period, at));
