/** A span of time, in milliseconds since the epoch; `to` is exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The last window that had ended at a time. Windows of one length lie end to end from the epoch on. */
export function lastWindow(now: number, lengthMs: number): Span {
  const to = Math.floor(now / lengthMs) * lengthMs;
  return { from: to - lengthMs, to };
}

/** Windows that begin at `next` or later and have ended, oldest first, so many at most. */
export function dueWindows(next: number, now: number, lengthMs: number, most: number): Span[] {
  const first = Math.ceil(next / lengthMs) * lengthMs;
  const windows: Span[] = [];
  for (let from = first; from + lengthMs <= now && windows.length < most; from += lengthMs) {
    windows.push({ from, to: from + lengthMs });
  }
  return windows;
}

const MINUTE = 60_000;

/** Says itself which window it is, and sorts by its beginning: `20261125T220000Z-60m`. */
export const windowId = ({ from, to }: Span): string =>
  `${new Date(from).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z-${(to - from) / MINUTE}m`;
