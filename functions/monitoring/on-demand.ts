import { invalidField } from '#core/errors.ts';
import { lastWindow, type Span } from '#core/monitoring/windows.ts';
import type { Monitor, RunRequest } from './schema.ts';

const MINUTE = 60_000;
const MOST_MS = 7 * 24 * 60 * MINUTE;

/** The window that somebody asks for: any whole minutes that are over. */
export function askedWindow(
  { window }: Pick<Monitor, 'window'>,
  { from, to }: RunRequest,
  now: number,
): Span {
  const length = window.minutes * MINUTE;
  if (from === undefined && to === undefined) {
    return lastWindow(now - window.delayMinutes * MINUTE, length);
  }
  if (from === undefined) throw invalidField('from', 'is missing: `to` alone says no window');
  const start = Date.parse(from);
  const span = { from: start, to: to === undefined ? start + length : Date.parse(to) };
  for (const side of ['from', 'to'] as const) {
    if (span[side] % MINUTE !== 0) throw invalidField(side, 'must be a whole minute');
  }
  if (span.to <= span.from) throw invalidField('to', 'must be after `from`');
  if (span.to - span.from > MOST_MS)
    throw invalidField('to', 'must be at most 7 days after `from`');
  if (span.to > now)
    throw invalidField('to', 'is still to come: a window is looked at when it is over');
  return span;
}
